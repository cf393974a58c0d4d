import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode } from '../../../nodes/image/decode.js'
import type { Report } from '../../../server/report.js'
import { startServer } from '../serving.js'
import { connect, type Received } from '../socket/client.js'
import { clientOf, scenePhoto } from './client.js'

/** The checks of the behaviour specification, §11.1, that concern this door. */
const server = await startServer()
const { store, artifacts } = server.services
const anybody = clientOf(server)

test('check 1: a start with count 3 answers ids <b>-0..2, and the status totals 3', async () => {
  const { batch_id, tasks, total_count } = await anybody.start({ count: 3 })
  assert.deepEqual(
    tasks.map(({ id }) => id),
    [0, 1, 2].map(i => `${batch_id}-${i}`),
  )
  assert.equal(total_count, 3)
  const { json } = await anybody.call('GET', `/api/generation/status/${batch_id}`)
  assert.deepEqual([json.batch_id, json.total, json.tasks.length], [batch_id, 3, 3])
  await anybody.ended(batch_id)
  assert.equal((await anybody.call('GET', `/api/generation/status/${batch_id}`)).json.completed, 3)
})

const BEYOND = [
  [
    { params: { steps: 101 } },
    ['body', 'params', 'steps'],
    'less_than_equal',
    'Input should be less than or equal to 100',
  ],
  [
    { params: { guidance_scale: 0.9 } },
    ['body', 'params', 'guidance_scale'],
    'greater_than_equal',
    'Input should be greater than or equal to 1',
  ],
  [{ count: 9 }, ['body', 'count'], 'less_than_equal', 'Input should be less than or equal to 8'],
  [
    { params: { mask_blur: 65 } },
    ['body', 'params', 'mask_blur'],
    'less_than_equal',
    'Input should be less than or equal to 64',
  ],
  [
    { params: { swap_refinement_strength: 0.6 } },
    ['body', 'params', 'swap_refinement_strength'],
    'less_than_equal',
    'Input should be less than or equal to 0.5',
  ],
] as const

for (const [request, loc, type, msg] of BEYOND) {
  test(`check 2: ${JSON.stringify(request)} is refused with 422 in the words of Pydantic`, async () => {
    const { status, json } = await anybody.call('POST', '/api/generation/start', { face_image_id: 'x', ...request })
    assert.equal(status, 422)
    const [fault] = json.detail
    assert.deepEqual([json.detail.length, fault.loc, fault.type, fault.msg], [1, loc, type, msg])
  })
}

test('check 3: without an account the history is empty, cannot be cleared, and has no items', async () => {
  const { batch_id } = await anybody.start({ count: 1 })
  await anybody.ended(batch_id)
  for (const path of ['/api/history/', '/api/history'])
    assert.deepEqual(await anybody.call('GET', path), { status: 200, json: [] })
  for (const path of ['/api/history/', `/api/history/${batch_id}`])
    assert.deepEqual(await anybody.call('DELETE', path), { status: 401, json: { detail: 'Authentication required' } })
  const item = await anybody.call('GET', `/api/history/${batch_id}`)
  assert.deepEqual(item, { status: 404, json: { detail: 'History item not found' } })
})

test('check 4: an address is registered once, a wrong password is 401, a disabled account 403', async () => {
  const person = { email: 'bea@example.com', password: 'the long pass of bea', name: 'Bea' }
  const first = await anybody.call('POST', '/api/auth/register', person)
  assert.equal(first.status, 200)
  const again = await anybody.call('POST', '/api/auth/register', person)
  assert.deepEqual(again, { status: 400, json: { detail: 'Email already registered' } })
  const wrong = await anybody.call('POST', '/api/auth/login', { ...person, password: 'another pass than that' })
  assert.deepEqual(wrong, { status: 401, json: { detail: 'Invalid email or password' } })
  await store.update('users', first.json.id, user => ({ ...user, active: false }))
  const disabled = await anybody.call('POST', '/api/auth/login', person)
  assert.deepEqual(disabled, { status: 403, json: { detail: 'Account is disabled' } })
})

test('check 5: a socket is told of a batch from processing to completed, with the result as the preview', async () => {
  const client_id = 'client-1700000000000-abcdefghi'
  const socket = await connect(`${server.url}/ws/${client_id}`)
  const { batch_id, tasks } = await anybody.start({ count: 2, client_id })
  socket.send({ type: 'ping' })
  assert.deepEqual(await socket.until(({ type }) => type === 'pong'), { type: 'pong' })
  socket.send({ type: 'subscribe', batch_id })
  assert.deepEqual(await socket.until(({ type }) => type === 'subscribed'), { type: 'subscribed', batch_id })
  for (const { id } of tasks) {
    const { data } = (await socket.until(m => dataOf(m).task_id === id && dataOf(m).status === 'completed')) as never
    const { json } = await anybody.call('GET', `/api/generation/task/${id}`)
    const { total_steps } = json
    assert.deepEqual(data, {
      task_id: id,
      batch_id,
      status: 'completed',
      progress: 100,
      current_step: total_steps,
      total_steps,
      preview_url: json.result_url,
      message: 'Generation completed',
    })
    assert.equal(json.result_url, `/outputs/${id.replace(/-(\d)$/, '_$1')}.png`)
  }
  assert(socket.messages.some(message => dataOf(message).status === 'processing'))
  await socket.close()
})

test('check 10: where the mask is 0, every pixel is the one of the reference file', async () => {
  const { batch_id } = await anybody.start({ count: 1 })
  const [task] = await anybody.ended(batch_id)
  const response = await fetch(server.url + task?.result_url)
  assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'image/png'])
  const { image: result } = await decode(new Uint8Array(await response.arrayBuffer()))
  const { image: scene } = await decode(await scenePhoto())
  assert.deepEqual([result.width, result.height], [scene.width, scene.height])

  const run = await store.get('runs', (await store.get('batches', batch_id))?.tasks[0]?.run ?? '')
  const report: Report = JSON.parse(Buffer.from(await artifacts.read(run?.report ?? '')).toString('utf8'))
  const { proof } = report.results.background as { proof: { pixelsOutside: number; pixelsChanged: number } }
  assert.equal(proof.pixelsChanged, 0)
  let same = 0
  for (let i = 0; i < scene.width * scene.height; i++)
    if ([0, 1, 2].every(c => result.data[i * result.channels + c] === scene.data[i * scene.channels + c])) same++
  assert(same >= proof.pixelsOutside, `${same} pixels are the same, ${proof.pixelsOutside} are outside the mask`)
  assert(same < scene.width * scene.height, 'the face is another one')
})

const dataOf = (message: Received) => (message.data ?? {}) as { readonly task_id?: string; readonly status?: string }
