import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOutputNames } from '../../../server/comfy/output-names.js'
import { openPromptDocuments } from '../../../server/comfy/prompt-document.js'
import { openPromptFiles } from '../../../server/comfy/prompt-files.js'
import { isPrompt } from '../../../server/comfy/prompt-run.js'
import { startServer, type TestServer } from '../serving.js'
import { connect, ended, get, type Json, picture, post, send, type TestSocket, upload } from './calling.js'

const server = await startServer()
const red = await picture(40, 20, [200, 10, 20])
await upload(server, '/upload/image', red, 'red.png')

/*
 *   load ──► save, show      soon there
 *   wait                     goes on and on
 */
const prompt = (prefix: string, salt = 0) => ({
  load: { class_type: 'LoadImage', inputs: { image: 'red.png' } },
  save: { class_type: 'SaveImage', inputs: { images: ['load', 0], filename_prefix: prefix } },
  show: { class_type: 'PreviewImage', inputs: { images: ['load', 0] } },
  wait: { class_type: 'Wait', inputs: { ms: 20, steps: 3000, salt } },
})

const of = (socket: TestSocket, id: string) => socket.told.filter(({ data }) => data.prompt_id === id)
const executed = (socket: TestSocket, id: string, node: string) =>
  socket.until(({ type, data }) => type === 'executed' && data.prompt_id === id && data.node === node)
const again = (socket: TestSocket, id: string) =>
  socket.until(() => of(socket, id).filter(({ type }) => type === 'execution_start').length > 1)
const waits = (socket: TestSocket, id: string) =>
  socket.until(({ type, data }) => type === 'progress' && data.prompt_id === id && data.node === 'wait')

/** All names under a prefix. */
const saved = async ({ services }: TestServer, prefix: string) =>
  (await services.store.list('names', { where: { folder: 'output' } })).flatMap(({ name }) =>
    name.startsWith(`${prefix}_`) ? [name] : [],
  )

/** Ends a prompt in the middle; answers what the history has of it. */
async function interrupt(on: TestServer, id: string): Promise<Json> {
  await post(on, '/interrupt', { prompt_id: id })
  return ended(on, id)
}

function killWorker({ services }: TestServer): void {
  const pid = services.supervisor.pid()
  assert.ok(pid)
  process.kill(pid, 'SIGKILL')
}

test('a result is told under its name, and can be viewed, while another node still runs', async () => {
  const socket = await connect(server, '?clientId=early')
  const id = await send(server, prompt('early'), { client_id: 'early' })
  const results = [await executed(socket, id, 'save'), await executed(socket, id, 'show')]
  await waits(socket, id)
  assert.deepEqual(await get(server, `/history/${id}`), {}, 'it still runs')
  assert.deepEqual(results[0]?.data.output, {
    images: [{ filename: 'early_00001_.png', subfolder: '', type: 'output' }],
  })
  for (const { data } of results) {
    const response = await fetch(`${server.url}/view?${new URLSearchParams(data.output.images[0])}`)
    assert.equal(response.status, 200)
    await response.arrayBuffer()
    const told = of(socket, id)
    const begun = told.findIndex(({ type, data: { node } }) => type === 'executing' && node === data.node)
    assert.ok(begun >= 0 && begun < told.findIndex(message => message.data === data), 'after it is told to run')
  }
  const { outputs, status } = await interrupt(server, id)
  assert.equal(status.messages.at(-1)[0], 'execution_interrupted')
  assert.deepEqual(outputs, { save: results[0]?.data.output, show: results[1]?.data.output })
  await socket.over(id)
  assert.equal(of(socket, id).filter(({ type }) => type === 'executed').length, 2, 'and not once more at the end')
})

test('what is remembered is told at once, after the list that names it, under the name that it had', async () => {
  const socket = await connect(server, '?clientId=cached')
  const first = await send(server, prompt('cached'), { client_id: 'cached' })
  const { output } = (await executed(socket, first, 'save')).data
  await executed(socket, first, 'show')
  await interrupt(server, first)
  const second = await send(server, prompt('cached'), { client_id: 'cached' })
  assert.deepEqual((await executed(socket, second, 'save')).data.output, output)
  await waits(socket, second)
  const told = of(socket, second).filter(({ type }) => !type.startsWith('progress'))
  assert.deepEqual(told.map(({ type, data }) => `${type} ${data.node ?? ''}`.trim()).slice(0, 2), [
    'execution_start',
    'execution_cached',
  ])
  assert.ok(told[1]?.data.nodes.includes('save'))
  assert.ok(!told.some(({ type, data }) => type === 'executing' && data.node === 'save'))
  await interrupt(server, second)
  assert.deepEqual(await saved(server, 'cached'), ['cached_00001_.png'])
})

test('a second go after the death of its worker gives no second names, and tells nothing twice', async () => {
  const socket = await connect(server, '?clientId=killed')
  const id = await send(server, prompt('killed'), { client_id: 'killed' })
  const results = [await executed(socket, id, 'save'), await executed(socket, id, 'show')]
  killWorker(server)
  await again(socket, id)
  await waits(socket, id)
  const { outputs } = await interrupt(server, id)
  assert.deepEqual(outputs, { save: results[0]?.data.output, show: results[1]?.data.output })
  assert.deepEqual(await saved(server, 'killed'), ['killed_00001_.png'])
  await socket.over(id)
  assert.equal(of(socket, id).filter(({ type }) => type === 'executed').length, 2)
})

test('what was told of a prompt that takes two workers with it is in the history', async () => {
  const socket = await connect(server, '?clientId=deadly')
  const id = await send(server, prompt('deadly'), { client_id: 'deadly' })
  const { output } = (await executed(socket, id, 'save')).data
  killWorker(server)
  await again(socket, id)
  await socket.until(() => {
    const told = of(socket, id)
    const second = told.findLastIndex(({ type }) => type === 'execution_start')
    return told.findLastIndex(({ type, data }) => type === 'progress' && data.node === 'wait') > second
  })
  killWorker(server)
  const entry = await ended(server, id)
  assert.equal(entry.status.messages.at(-1)[0], 'execution_error')
  assert.deepEqual(entry.outputs.save, output)
})

test('a client that comes back is told the results that were there before', async () => {
  const first = await connect(server, '?clientId=returning')
  const id = await send(server, prompt('returning'), { client_id: 'returning' })
  const { data } = await executed(first, id, 'save')
  await waits(first, id)
  const second = await connect(server, '?clientId=returning')
  assert.deepEqual((await executed(second, id, 'save')).data, data)
  await interrupt(server, id)
})

test('prompts with one prefix that run at once count on', async () => {
  const busy = await startServer({ devices: ['cpu', 'cpu'] })
  await upload(busy, '/upload/image', red, 'red.png')
  const sockets = [await connect(busy, '?clientId=a'), await connect(busy, '?clientId=b')] as const
  const told = await Promise.all(
    sockets.map(async (socket, index) => {
      // Another document each, so that neither finds the other's file.
      const id = await send(busy, prompt('both', index), { client_id: index === 0 ? 'a' : 'b' })
      const { output } = (await executed(socket, id, 'save')).data
      await waits(socket, id)
      return { id, output }
    }),
  )
  const entries = await Promise.all(told.map(({ id }) => interrupt(busy, id)))
  for (const [index, { outputs }] of entries.entries()) assert.deepEqual(outputs.save, told[index]?.output)
  assert.deepEqual((await saved(busy, 'both')).toSorted(), ['both_00001_.png', 'both_00002_.png'])
})

test('whoever asks first, and however many at once, a file is named once; equal files of one node have a name each', async () => {
  const { services } = server
  const id = await send(server, { say: { class_type: 'Echo', inputs: { value: 1 } } })
  await ended(server, id)
  const run = await services.store.get('runs', id)
  assert.ok(isPrompt(run))
  const files = openPromptFiles(
    services,
    openPromptDocuments(services.artifacts),
    openOutputNames(services.store, false),
  )
  const artifact = await services.artifacts.put(red, 'png')
  const file = { artifact, node: 'n', name: 'once', format: 'png', width: 40, height: 20, remembered: false }
  const asked = await Promise.all([1, 2, 3].map(() => files.place(run, [file, file])))
  const names = asked.map(places => places.map(({ name }) => name))
  assert.deepEqual(names, Array(3).fill(['once_00001_.png', 'once_00002_.png']))
  assert.deepEqual((await saved(server, 'once')).toSorted(), names[0])
})

test('a prompt that goes on after a restart keeps the names that were told', async () => {
  const socket = await connect(server, '?clientId=restart')
  const id = await send(server, prompt('restart'), { client_id: 'restart' })
  const results = [await executed(socket, id, 'save'), await executed(socket, id, 'show')]
  await waits(socket, id)
  await server.close()
  const next = await startServer({ home: server.home })
  const back = await connect(next, '?clientId=restart')
  await waits(back, id)
  const { outputs } = await interrupt(next, id)
  assert.deepEqual(outputs, { save: results[0]?.data.output, show: results[1]?.data.output })
  assert.deepEqual(await saved(next, 'restart'), ['restart_00001_.png'])
})
