import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../../../engine/root.js'
import { passingFolder } from '../command.js'
import { bearer, caller } from './calling.js'
import { ADA } from './setup.js'

/** What nobody may ever read; each has "canary" in it. */
const ENVIRONMENT = {
  PORTRAIT_TOKEN: 'canary-of-the-operators-token',
  PORTRAIT_SECRET: 'canary-of-the-secret-that-signs-all',
  GEMINI_API_KEY: 'canary-of-the-gemini-key',
}
const PASSWORD = 'canary-of-a-password'
const CLI = fileURLToPath(new URL('../../../server/cli.js', import.meta.url))

/** `portrait serve` as a process of its own that logs all it can. */
async function serveProcess(home: string) {
  const child = spawn(process.execPath, [CLI, 'serve'], {
    env: { ...process.env, ...ENVIRONMENT, PORTRAIT_HOME: home, PORTRAIT_PORT: '0', PORTRAIT_LOG: 'trace' },
  })
  after(() => child.kill('SIGKILL'))
  let log = ''
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (part: Buffer) => {
      log += part
      const found = /Open (http:\S+)/.exec(log)
      if (found?.[1]) resolve(found[1])
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', () => reject(new Error(`The server ended: ${log}`)))
  })
  return { child, url, log: () => log }
}

/** The processes that a process started. */
const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))

async function upload(url: string, token: string): Promise<string> {
  const form = new FormData()
  const face = readFileSync(join(packageRoot(), 'workflows', 'demo', 'face.jpg'))
  form.set('image', new Blob([new Uint8Array(face)], { type: 'image/jpeg' }), 'face.jpg')
  const response = await fetch(`${url}/upload/image`, { method: 'POST', headers: bearer(token), body: form })
  assert.equal(response.status, 200)
  return ((await response.json()) as { name: string }).name
}

/** Runs a workflow to its end, as a ComfyUI client does; answers its history and its result's bytes. */
async function runOnce(url: string, token: string) {
  const call = caller(url)
  const prompt = {
    1: { class_type: 'LoadImage', inputs: { image: await upload(url, token) } },
    2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'result' } },
  }
  const { status, json } = await call('POST', '/prompt', { prompt }, bearer(token))
  assert.equal(status, 200, JSON.stringify(json))
  for (;;) {
    const history = (await call('GET', `/history/${json.prompt_id}`, undefined, bearer(token))).json
    const entry = history[json.prompt_id]
    if (entry?.status?.completed) {
      const image = Object.values<{ images?: Record<string, string>[] }>(entry.outputs).flatMap(
        ({ images }) => images ?? [],
      )[0]
      const view = await fetch(`${url}/view?${new URLSearchParams(image)}`, { headers: bearer(token) })
      assert.equal(view.status, 200)
      return { history: JSON.stringify(history), picture: Buffer.from(await view.arrayBuffer()).toString('latin1') }
    }
    assert.notEqual(entry?.status?.status_str, 'error', JSON.stringify(entry))
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  await once(child, 'exit')
}

test('no secret is in logs, answers, pictures, errors, metrics, files, or the worker’s environment', async t => {
  const home = passingFolder()
  const { child, url, log } = await serveProcess(home)
  const call = caller(url)
  const heard: Record<string, string> = {}
  const hear = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    heard[`${method} ${path.split('?')[0]} ${response.status}`] = await response.text()
  }

  const operator = ENVIRONMENT.PORTRAIT_TOKEN
  const { history, picture } = await runOnce(url, operator)
  assert.match(picture.slice(0, 8), /PNG/)
  Object.assign(heard, { history, picture })

  // Whatever goes in with a request, too, must not come out anywhere.
  const person = { ...ADA, password: PASSWORD }
  assert.equal((await call('POST', '/api/auth/register', person)).status, 200)
  const { token } = (await call('POST', '/api/auth/login', person)).json
  await hear('POST', '/api/auth/login', { ...person, password: `${PASSWORD}-wrong` })
  await hear('POST', '/api/auth/register', { email: 1, password: PASSWORD })
  await hear('POST', '/api/account', { password: PASSWORD })
  await hear('POST', '/api/session', `{"password": "${PASSWORD}", `)
  await hear('GET', `/api/auth/me?token=${operator}`)
  await hear('GET', `/api/auth/me?token=${token}`)
  await hear('GET', `/nowhere?token=${operator}`, undefined, bearer(token))
  await hear('GET', '/api/account', undefined, { Cookie: `portrait_session=${token}` })
  await hear('GET', '/api/runs', undefined, { Authorization: `Basic ${btoa(`me:${operator}`)}` })
  for (const path of ['/api/metrics', '/api/health', '/api/openapi.json', '/system_stats', '/object_info', '/queue'])
    await hear('GET', path, undefined, bearer(operator))
  await hear('GET', '/api/account/export', undefined, bearer(token))

  if (existsSync('/proc')) {
    const environments = childrenOf(child.pid!).map(pid => readFileSync(`/proc/${pid}/environ`, 'utf8'))
    assert.equal(environments.length, 1, 'the worker is there')
    for (const environment of environments) {
      assert.match(environment, /PORTRAIT_HOME/, 'and has an environment')
      assert.doesNotMatch(environment, /PORTRAIT_TOKEN|PORTRAIT_SECRET|canary-of-the-(operators|secret)/)
    }
  } else t.diagnostic('without /proc the worker’s environment is not looked at')

  await end(child)
  heard.log = log()
  assert.match(heard.log, /\/prompt/, 'the log has the requests')
  for (const file of filesUnder(home)) heard[file] = readFileSync(file, 'latin1')
  for (const [where, text] of Object.entries(heard)) {
    assert.doesNotMatch(text, /canary/, where)
    assert(!text.includes(token.split('.')[2]), `a session's token is in ${where}`)
  }
})
