import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageRoot } from '../../engine/root.js'
import { BadArguments } from '../../server/exit.js'
import { readServerConfig } from '../../server/server-config.js'
import { passingFolder } from './command.js'
import { startProcess } from './server-process.js'
import { startServer } from './serving.js'

test('the server process never loads ONNX Runtime: models live and die with the worker', async t => {
  if (!existsSync('/proc/self/maps')) return t.skip('only Linux tells what a process has loaded')
  const server = await startProcess(passingFolder())
  const form = new FormData()
  form.append('file', new Blob([await readFile(join(packageRoot(), 'workflows', 'demo', 'face.jpg'))]), 'face.jpg')
  const upload = await fetch(`${server.url}/api/artifacts`, { method: 'POST', body: form })
  const { artifact } = (await upload.json()) as { artifact: string }
  const nodes = {
    load: { type: 'LoadImage', inputs: { image: artifact } },
    faces: { type: 'FaceDetect', inputs: { image: { node: 'load', output: 'image' } } },
    first: { type: 'FacePick', inputs: { faces: { node: 'faces', output: 'faces' } } },
    embed: {
      type: 'FaceMesh',
      inputs: { image: { node: 'load', output: 'image' }, face: { node: 'first', output: 'face' } },
    },
    wait: { type: 'Wait', inputs: { steps: 10_000, after: { node: 'embed', output: 'mesh' } } },
  }
  const answer = await fetch(`${server.url}/api/runs`, {
    method: 'POST',
    body: JSON.stringify({ workflow: { version: 1, nodes } }),
  })
  const { id } = (await answer.json()) as { id: string }
  const pid = server.child.pid as number
  const children = async () => (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
  const loads = async (process: number | string) =>
    (await readFile(`/proc/${process}/maps`, 'utf8')).includes('libonnxruntime')
  // The mesh is there, and the worker with its models still lives.
  for (let isMade = false; !isMade; ) {
    const run = (await (await fetch(`${server.url}/api/runs/${id}`)).json()) as { progress?: { nodes: object } }
    isMade = 'wait' in (run.progress?.nodes ?? {})
  }
  assert.deepEqual(await Promise.all((await children()).map(loads)), [true])
  assert.equal(await loads(pid), false)
  await server.end('SIGTERM')
})

test('a server that others can reach must know who may use it', () => {
  const set = (environment: NodeJS.ProcessEnv) => readServerConfig(environment)
  assert.throws(
    () => set({ PORTRAIT_HOST: '0.0.0.0' }),
    (error: unknown) =>
      error instanceof BadArguments &&
      /PORTRAIT_ACCESS=accounts .* PORTRAIT_ACCESS=public .* PORTRAIT_TOKEN/.test(error.message),
  )
  assert.throws(() => set({ PORTRAIT_HOST: '::', PORTRAIT_ACCESS: 'open' }), BadArguments)
  assert.equal(set({}).access, 'open')
  assert.equal(set({ PORTRAIT_HOST: '0.0.0.0', PORTRAIT_TOKEN: 'a token of enough letters' }).access, 'accounts')
  const open = set({ PORTRAIT_HOST: '0.0.0.0', PORTRAIT_ACCESS: 'public' })
  assert.deepEqual([open.access, open.keepDays], ['public', 30])
  assert.equal(set({}).keepDays, 0)
})

test('what the environment says wrongly is refused with the variable, what was wanted and what came', () => {
  for (const [name, value, sentence] of [
    ['PORT', 'x', /PORTRAIT_PORT must be a whole number from 0, got "x"/],
    ['ACCESS', 'all', /PORTRAIT_ACCESS must be open, accounts or public, got "all"/],
    ['TOKEN', 'short', /PORTRAIT_TOKEN must have at least 16 characters/],
  ] as const)
    assert.throws(() => readServerConfig({ [`PORTRAIT_${name}`]: value }), sentence)
})

test('a port that is taken is told with the cure', async () => {
  const { url } = await startServer()
  const port = Number(new URL(url).port)
  await assert.rejects(
    startServer({ port }),
    /Port \d+ of 127\.0\.0\.1 is taken; end the program that has it, or choose another with PORTRAIT_PORT\./,
  )
})
