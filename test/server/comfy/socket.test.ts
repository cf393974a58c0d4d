import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mock, test } from 'node:test'
import { comfySocket } from '../../../server/comfy/socket.js'
import { startServer } from '../serving.js'
import { connect, get, post, send } from './calling.js'

const server = await startServer({ devices: ['cpu', 'cpu'] })

const watched = (salt: number, more: object = {}) => ({
  w: { class_type: 'Wait', inputs: { ms: 60, steps: 12, previews: true, salt, ...more } },
})

test('a client that names itself not is given a name', async () => {
  const socket = await connect(server)
  const first = await socket.until(() => true)
  assert.equal(first.type, 'status')
  assert.match(first.data.sid, /^[0-9a-f]{32}$/)
  assert.deepEqual(first.data.status, { exec_info: { queue_remaining: 0 } })
})

test('each client hears its own prompt alone, also under a name that the server gave', async () => {
  const named = await connect(server, '?clientId=alice')
  const unnamed = await connect(server)
  const { sid } = (await unnamed.until(() => true)).data
  const ids = await Promise.all([
    send(server, watched(1), { client_id: 'alice' }),
    send(server, watched(2), { client_id: sid }),
  ])
  await Promise.all([named.over(ids[0] as string), unnamed.over(ids[1] as string)])
  for (const [socket, id] of [
    [named, ids[0]],
    [unnamed, ids[1]],
  ] as const) {
    const heard = new Set(socket.told.flatMap(({ data }) => (data.prompt_id ? [data.prompt_id] : [])))
    assert.deepEqual([...heard], [id])
    assert.ok(socket.told.some(({ type }) => type === 'progress_state'))
  }
})

test('a client that comes again takes its place over, and is told where its prompt is', async () => {
  const first = await connect(server, '?clientId=back')
  const id = await send(server, watched(3, { steps: 3000 }), { client_id: 'back' })
  await first.until(({ type, data }) => type === 'executing' && data.prompt_id === id)
  const second = await connect(server, '?clientId=back')
  await first.closed
  const executing = await second.until(({ type }) => type === 'executing')
  assert.equal(second.told[0]?.type, 'status')
  assert.equal(executing, second.told[1])
  assert.deepEqual(executing.data, { node: 'w' }, 'without a prompt, so that nobody takes it for an end')
  second.send({ type: 'feature_flags', data: { supports_preview_metadata: true } })
  const flags = await second.until(({ type }) => type === 'feature_flags')
  assert.equal(flags.data.supports_preview_metadata, true)
  await post(server, '/interrupt', { prompt_id: id })
  await second.over(id)
})

test('previews come as type 4 to whom knows it, and as type 1 to all others', async () => {
  const modern = await connect(server, '?clientId=modern')
  modern.send({ type: 'feature_flags', data: { supports_preview_metadata: true } })
  await modern.until(({ type }) => type === 'feature_flags')
  const old = await connect(server, '?clientId=old')
  old.send({ type: 'feature_flags', data: { supports_preview_metadata: 1 } })
  await old.until(({ type }) => type === 'feature_flags')
  const ids = [
    await send(server, watched(4), { client_id: 'modern' }),
    await send(server, watched(5), { client_id: 'old' }),
  ]
  await Promise.all([modern.over(ids[0] as string), old.over(ids[1] as string)])
  const [frame] = modern.frames
  assert.ok(frame)
  assert.equal(frame.readUInt32BE(0), 4)
  const length = frame.readUInt32BE(4)
  const about = JSON.parse(frame.toString('utf8', 8, 8 + length))
  assert.deepEqual([about.node_id, about.prompt_id, about.image_type], ['w', ids[0], 'image/png'])
  assert.equal(frame.toString('latin1', 8 + length + 1, 8 + length + 4), 'PNG')
  const [plain] = old.frames
  assert.ok(plain)
  assert.deepEqual([plain.readUInt32BE(0), plain.readUInt32BE(4)], [1, 2])
  assert.equal(plain.toString('latin1', 9, 12), 'PNG')
})

test('a prompt that wants no previews gets none', async () => {
  const socket = await connect(server, '?clientId=blind')
  const extra_data = { preview_method: 'none' }
  await socket.over(await send(server, watched(6), { client_id: 'blind', extra_data }))
  assert.equal(socket.frames.length, 0)
})

test('only the first text message negotiates, and what is no JSON is let be', async () => {
  const socket = await connect(server, '?clientId=late')
  socket.send('{')
  socket.send({ type: 'feature_flags', data: { supports_preview_metadata: true } })
  await socket.over(await send(server, { say: { class_type: 'Echo', inputs: { value: 1 } } }, { client_id: 'late' }))
  assert.ok(!socket.told.some(({ type }) => type === 'feature_flags'))
})

test('the flags are those of /features', async () => {
  const socket = await connect(server)
  socket.send({ type: 'feature_flags', data: {} })
  const { data } = await socket.until(({ type }) => type === 'feature_flags')
  assert.deepEqual(data, await get(server, '/features'))
  assert.equal(data.max_upload_size, 100 * 2 ** 20)
})

test('who subscribes to the log hears what runs say, and may read it', async () => {
  const id = randomUUID()
  const socket = await connect(server, '?clientId=reader')
  const subscribe = (enabled: boolean) =>
    fetch(`${server.url}/internal/logs/subscribe`, {
      method: 'PATCH',
      body: JSON.stringify({ clientId: 'reader', enabled }),
    })
  assert.deepEqual(await (await subscribe(true)).json(), {})
  await send(server, { say: { class_type: 'Echo', inputs: { value: 2 } } }, { prompt_id: id })
  const line = await socket.until(({ type, data }) => type === 'logs' && data.entries[0].m.includes(id))
  assert.match(line.data.entries[0].t, /^\d{4}-/)
  assert.match(await get(server, '/internal/logs'), new RegExp(`got prompt ${id}`))
  assert.ok((await get(server, '/internal/logs/raw')).entries.length > 0)
})

test('something is said every five seconds, for a client that hears nothing for ten takes the server for dead', () => {
  mock.timers.enable({ apis: ['setInterval'] })
  try {
    const told: unknown[] = []
    const { connect } = comfySocket(server.services)
    const client = {
      who: { kind: 'anonymous' },
      owner: 'anonymous',
      send: (message: unknown) => void told.push(message),
      sendPreview: () => {},
      close: () => {},
    } as const
    const session = connect(client, ['/ws'] as never, new URLSearchParams('clientId=silent'))
    mock.timers.tick(16_000)
    assert.equal(told.length, 4, 'the first message and three more')
    session.closed()
    mock.timers.tick(16_000)
    assert.equal(told.length, 4)
  } finally {
    mock.timers.reset()
  }
})
