import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passingFolder } from '../command.js'
import { startServer } from '../serving.js'
import { connect, type Received } from '../socket/client.js'
import { occupy } from './busy-lane.js'
import { clientOf, facePhoto, greyPicture } from './client.js'

const server = await startServer()
const { runs, hub } = server.services
const anybody = clientOf(server)

interface Progress {
  readonly task_id: string
  readonly batch_id: string
  readonly status: string
  readonly progress: number
  readonly preview_url: string | null
  readonly message: string
  readonly preview?: string
}
const progressOf = ({ type, data }: Received) => (type === 'progress' ? (data as Progress) : undefined)
const connectAs = (client: string) => connect(`${server.url}/ws/${client}`)
const is = (batch: string, status: string) => (message: Received) =>
  progressOf(message)?.batch_id === batch && progressOf(message)?.status === status

/** A batch whose tasks wait until they are let go. */
async function waitingBatch(request: Record<string, unknown> = {}) {
  const letGo = await occupy(server)
  const { batch_id } = await anybody.start({ count: 1, ...request })
  return { batch_id, letGo }
}

test('a client that a request names hears of the batch without asking, from the start to the end', async () => {
  const socket = await connectAs('client-named')
  const { batch_id } = await anybody.start({ count: 1, client_id: 'client-named' })
  await socket.until(is(batch_id, 'completed'))
  const told = socket.messages.flatMap(message => progressOf(message) ?? [])
  assert.deepEqual([told[0]?.status, told[0]?.progress, told[0]?.message], ['processing', 0, 'Starting generation...'])
  assert(told.every(({ progress }, i) => i === 0 || progress >= (told[i - 1]?.progress ?? 0)))
  assert(told.slice(0, -1).every(({ progress }) => progress <= 99))
  assert.equal(told.at(-1)?.progress, 100)
})

test('defect 23: a client that comes back goes on hearing of what it was named for', async () => {
  const first = await connectAs('client-back')
  const { batch_id, letGo } = await waitingBatch({ client_id: 'client-back' })
  await first.close()
  const second = await connectAs('client-back')
  await second.until(is(batch_id, 'pending'))
  await letGo()
  await second.until(is(batch_id, 'completed'))
})

test('defect 23: a client that was away when its batch ended is told when it comes back', async () => {
  const first = await connectAs('client-away')
  const { batch_id, letGo } = await waitingBatch({ client_id: 'client-away' })
  await first.close()
  await letGo()
  await anybody.ended(batch_id)
  await (await connectAs('client-away')).until(is(batch_id, 'completed'))
})

test('defects 19 and 23: a client goes on hearing when the server has been started anew', async () => {
  const home = passingFolder()
  const first = await startServer({ home })
  await occupy(first)
  const { batch_id } = await clientOf(first).start({ count: 1, client_id: 'client-anew' })
  await first.close()
  const second = await startServer({ home })
  const socket = await connect(`${second.url}/ws/client-anew`)
  await socket.until(is(batch_id, 'pending'))
  const [before] = second.services.runs.running()
  await second.services.runs.cancel(before?.id ?? '')
  await socket.until(is(batch_id, 'completed'))
})

test('defect 23: when one socket of a client closes, its others go on hearing', async () => {
  const [one, other] = [await connectAs('client-twice'), await connectAs('client-twice')]
  const { batch_id, letGo } = await waitingBatch({ client_id: 'client-twice' })
  await one.close()
  await letGo()
  await other.until(is(batch_id, 'completed'))
})

test('defect 23: whoever subscribes late is told where everything is', async () => {
  const done = await anybody.start({ count: 2 })
  await anybody.ended(done.batch_id)
  const socket = await connectAs('client-late')
  socket.send({ type: 'subscribe', batch_id: done.batch_id })
  socket.send({ type: 'ping' })
  await socket.until(({ type }) => type === 'pong')
  assert.deepEqual(
    socket.messages.map(message => progressOf(message)?.status ?? message.type),
    ['subscribed', 'completed', 'completed', 'pong'],
  )
})

test('defect 26: a cancelled task is told as cancelled', async () => {
  const socket = await connectAs('client-cancel')
  const { batch_id, letGo } = await waitingBatch({ client_id: 'client-cancel' })
  await anybody.call('POST', `/api/generation/cancel/${batch_id}`)
  const data = progressOf(await socket.until(is(batch_id, 'cancelled')))
  assert.deepEqual([data?.progress, data?.message], [0, 'Cancelled'])
  await letGo()
})

test('a task that fails is told with its reason, also one that could not begin', async () => {
  const socket = await connectAs('client-fails')
  const missing = await anybody.start({ face_image_id: 'nothing', count: 1, client_id: 'client-fails' })
  assert.equal(progressOf(await socket.until(is(missing.batch_id, 'failed')))?.message, 'Face image not found')
  const { json } = await anybody.upload(await greyPicture(), 'grey.png', 'image/png')
  const { batch_id } = await anybody.start({ face_image_id: json.id, count: 1, client_id: 'client-fails' })
  const data = progressOf(await socket.until(is(batch_id, 'failed')))
  const [task] = await anybody.ended(batch_id)
  assert.deepEqual([data?.progress, data?.message], [0, `Generation failed: ${task?.error}`])
})

test('previews are told inline and by a URL that shows the newest', async () => {
  const socket = await connectAs('client-previews')
  const { batch_id, letGo } = await waitingBatch({ client_id: 'client-previews' })
  const run = runs.waiting().find(({ memo }) => (memo as { batch?: string })?.batch === batch_id)
  assert(run)
  const bytes = new Uint8Array(await facePhoto())
  const place = { run: run.id, node: 'person', item: 0, items: 1, step: 1, steps: 2 }
  hub.publish({ ...run, status: 'running', startedAt: 1 }, { type: 'run-started', run: run.id, nodes: 4 })
  hub.publish(run, { type: 'node-progress', ...place, preview: { mime: 'image/jpeg', bytes } })
  const data = progressOf(await socket.until(message => progressOf(message)?.preview !== undefined))
  assert.equal(data?.preview, `data:image/jpeg;base64,${Buffer.from(bytes).toString('base64')}`)
  assert.equal(data?.preview_url, `/outputs/${batch_id}_0/preview.jpg?v=1`)
  const shown = await fetch(server.url + data?.preview_url)
  assert.deepEqual([shown.status, shown.headers.get('content-type')], [200, 'image/jpeg'])
  assert.deepEqual(new Uint8Array(await shown.arrayBuffer()), bytes)

  const late = await connectAs('client-late-previews')
  late.send({ type: 'subscribe', batch_id })
  assert.equal(progressOf(await late.until(({ type }) => type === 'progress'))?.preview, data?.preview)
  await letGo()
  await socket.until(is(batch_id, 'completed'))
  const result = await fetch(server.url + data?.preview_url)
  assert.deepEqual([result.status, result.headers.get('content-type')], [200, 'image/png'])
})

test('whoever unsubscribes hears no more', async () => {
  const [listening, leaving] = [await connectAs('client-stays'), await connectAs('client-leaves')]
  const { batch_id, letGo } = await waitingBatch()
  for (const socket of [listening, leaving]) socket.send({ type: 'subscribe', batch_id })
  leaving.send({ type: 'unsubscribe', batch_id })
  leaving.send({ type: 'ping' })
  await leaving.until(({ type }) => type === 'pong')
  const before = leaving.messages.length
  await letGo()
  await listening.until(is(batch_id, 'completed'))
  leaving.send({ type: 'ping' })
  await leaving.until(message => message.type === 'pong' && leaving.messages.indexOf(message) >= before)
  assert.equal(leaving.messages.length, before + 1)
})

test('what is no message is answered, and the socket goes on', async () => {
  const socket = await connectAs('client-odd')
  for (const text of [
    '{',
    'null',
    '[]',
    '"x"',
    '{"type":"dance"}',
    '{"type":"subscribe"}',
    '{"type":"subscribe","batch_id":7}',
  ])
    socket.ws.send(text)
  socket.send({ type: 'ping' })
  await socket.until(({ type }) => type === 'pong')
  assert.deepEqual(
    socket.messages.map(({ type }) => type),
    [...Array(7).fill('error'), 'pong'],
  )
  assert.match(String(socket.messages[0]?.message), /subscribe.*batch_id/)
})
