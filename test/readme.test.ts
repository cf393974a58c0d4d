import assert from 'node:assert/strict'
import { exec, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { createRegistry, parseWorkflow, plan } from '../engine/index.js'
import { packageRoot } from '../engine/root.js'
import { pack } from '../nodes/index.js'
import { passingFolder, portrait } from './server/command.js'
import { startProcess } from './server/server-process.js'

const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8')
const { scripts, version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'))
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text)

test('every npm script that the README names is there', () => {
  const named = [...readme.matchAll(/npm (?:run )?(start|demo|test|bench|check)\b/g)].map(([, name]) => name ?? '')
  assert(named.length >= 2)
  for (const name of named) assert(scripts[name], name)
  assert.match(version, /^\d+\.\d+\.\d+$/)
})

test('the README’s workflow can be planned once it has a photo', () => {
  const [json = ''] = blocks('json')
  const workflow = parseWorkflow(json)
  const registry = createRegistry([pack])
  const nodes = { ...workflow.nodes, photo: { type: 'LoadImage', inputs: { image: 'a.png' } } }
  assert.equal(plan({ ...workflow, nodes }, registry).steps.length, 3)
})

test('the README’s program prints what it says', async () => {
  const [code = ''] = blocks('ts')
  const engine = new URL('../engine/index.js', import.meta.url).href
  const folder = passingFolder()
  const source = code.replace("'ip-to-portrait'", `'${engine}'`).replaceAll("'data/", `'${folder}/`)
  const lines: unknown[][] = []
  const log = console.log
  console.log = (...parts) => lines.push(parts)
  try {
    await import(`data:text/javascript,${encodeURIComponent(source)}`)
  } finally {
    console.log = log
  }
  assert.deepEqual(lines.at(-1), [[9]])
})

test('every command that the README shows is known, with its flags', async () => {
  const help = (await portrait(passingFolder(), ['help'])).out
  const flags = (await portrait(passingFolder(), ['run', 'portrait-quick', '--help'])).out
  const lines = blocks('sh').flatMap(block => block.split('\n').filter(line => line.includes('portrait ')))
  assert(lines.length >= 5)
  for (const line of lines) {
    const [, command = ''] = line.match(/portrait (\w+)/) ?? []
    assert(help.includes(`portrait ${command}`), line)
    if (!line.includes('portrait-quick')) continue
    for (const [flag] of line.replace(/#.*/, '').matchAll(/--[a-z]+/g))
      assert(flags.includes(flag), `${flag} in: ${line}`)
  }
})

test('the calls of the server that the README shows make a portrait', async t => {
  if (spawnSync('curl', ['--version']).status !== 0) return t.skip('curl is not installed here')
  const folder = passingFolder()
  const server = await startProcess(passingFolder())
  const [upload = '', start = '', look = '', fetch = ''] =
    blocks('sh')
      .join('')
      .match(/^curl .*$/gm) ?? []
  const photos = join(packageRoot(), 'workflows', 'demo')
  const call = async (line: string, words: Readonly<Record<string, string>>) => {
    const command = Object.entries({ 'http://127.0.0.1:8008': server.url, ...words }).reduce(
      (text, [word, value]) => text.replaceAll(word, value),
      line.replace(/ +#.*/, ''),
    )
    const { stdout } = await promisify(exec)(command, { cwd: folder })
    return stdout === '' ? {} : JSON.parse(stdout)
  }
  const { id: FACE } = await call(upload, { 'ann.jpg': join(photos, 'face.jpg') })
  const { id: BEACH } = await call(upload, { 'ann.jpg': join(photos, 'reference.png') })
  const { id: RUN } = await call(start, { FACE, BEACH })
  let run = await call(look, { RUN })
  while (run.status === 'queued' || run.status === 'running') run = await call(look, { RUN })
  assert.equal(run.status, 'finished')
  assert(run.report.results.likeness.score > 0.4)
  await call(fetch, { RUN })
  assert.deepEqual(readdirSync(folder), ['portrait.png'])
  await server.end('SIGTERM')
})
