import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comfyParts } from '../../../server/comfy/parts.js'
import { startServer } from '../serving.js'
import { connect, send } from './calling.js'

const server = await startServer()
const { hub } = server.services
const { untold } = comfyParts(server.services)
const echo = (value: number) => ({ say: { class_type: 'Echo', inputs: { value } } })

test('a prompt that has ended is in the queue until its client has been told, and then no more', async () => {
  const socket = await connect(server, '?clientId=late-queue')
  const atEnd: boolean[] = []
  const stop = hub.listen('all', (event, run) => {
    if (event.type === 'run-finished') atEnd.push(untold.has(run.id))
  })
  const prompt_id = await send(server, echo(1), { client_id: 'late-queue' })
  await socket.over(prompt_id)
  stop()
  assert.deepEqual(atEnd, [true])
  assert.equal(untold.has(prompt_id), false)
})

test('that a quick prompt is over is said once more, for a client that listens only now', async () => {
  const socket = await connect(server, '?clientId=late-end')
  const prompt_id = await send(server, echo(2), { client_id: 'late-end' })
  const overs = () =>
    socket.told.filter(({ type, data }) => type === 'executing' && data.node === null && data.prompt_id === prompt_id)
  await socket.until(() => overs().length > 1)
  assert.equal(socket.told.filter(({ type }) => type === 'execution_success').length, 1)
})
