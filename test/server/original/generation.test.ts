import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExecutionEvent } from '../../../engine/event.js'
import { decode } from '../../../nodes/image/decode.js'
import { ANONYMOUS } from '../../../server/access/principal.js'
import type { Call } from '../../../server/http/route.js'
import { originalDoor } from '../../../server/original/door.js'
import { passingFolder } from '../command.js'
import { startServer } from '../serving.js'
import { begun, occupy } from './busy-lane.js'
import { clientOf, facePhoto, greyPicture, memberOf, type Started, scenePhoto } from './client.js'

const server = await startServer()
const anybody = clientOf(server)
const ann = await memberOf(server, 'ann')

test('defect 13: each picture of a batch has a seed of its own, and it is told in task and history', async () => {
  const seedsOf = ({ tasks }: Pick<Started, 'tasks'>) => tasks.map(({ actual_seed }) => actual_seed)
  const given = await ann.start({ count: 3, params: { seed: 40 } })
  assert.deepEqual(seedsOf(given), [40, 41, 42])
  assert.deepEqual(seedsOf({ tasks: await ann.ended(given.batch_id) }), [40, 41, 42])
  const { json } = await ann.call('GET', `/api/history/${given.batch_id}`)
  assert.deepEqual([json.actual_seeds, json.params.seed], [[40, 41, 42], 40])
  const [first = -1, second] = seedsOf(await anybody.start({ count: 2 }))
  assert(first >= 0)
  assert.equal(second, first + 1)
})

test('defect 16: a regenerated picture is really made, by a new run with another seed, in the same place', async () => {
  const { batch_id, tasks } = await anybody.start({ count: 2 })
  await anybody.ended(batch_id)
  const before = await server.services.store.get('batches', batch_id)
  const { json } = await anybody.call('POST', `/api/generation/task/${batch_id}-1/regenerate`)
  assert.deepEqual(
    [json.id, json.status, json.progress, json.result_url, json.preview_url, json.error, json.completed_at],
    [`${batch_id}-1`, 'pending', 0, null, null, null, null],
  )
  assert(!tasks.some(({ actual_seed }) => actual_seed === json.actual_seed))
  const [untouched, made] = await anybody.ended(batch_id)
  assert.deepEqual([untouched?.status, made?.status, made?.actual_seed], ['completed', 'completed', json.actual_seed])
  const response = await fetch(server.url + made?.result_url)
  const { image } = await decode(new Uint8Array(await response.arrayBuffer()))
  const { image: scene } = await decode(await scenePhoto())
  assert.deepEqual([image.width, image.height], [scene.width, scene.height])
  const after = await server.services.store.get('batches', batch_id)
  assert.equal(after?.tasks[0]?.run, before?.tasks[0]?.run)
  assert.notEqual(after?.tasks[1]?.run, before?.tasks[1]?.run)
  assert.equal((await anybody.call('POST', `/api/generation/task/${batch_id}-2/regenerate`)).status, 404)
})

test('defect 16: a task at work is not regenerated', async () => {
  const release = await occupy(server)
  const { batch_id } = await anybody.start({ count: 1 })
  const reply = await anybody.call('POST', `/api/generation/task/${batch_id}-0/regenerate`)
  assert.equal(reply.status, 409)
  assert.match(reply.json.detail, /still at work/)
  await release()
  await anybody.ended(batch_id)
})

test('defect 18: cancelling ends the compute, and what was cancelled stays cancelled', async () => {
  const fresh = await startServer()
  const client = clientOf(fresh)
  const { batch_id } = await client.start({ count: 4 })
  const row = await fresh.services.store.get('batches', batch_id)
  await begun(fresh, row?.tasks[0]?.run ?? '')
  const reply = await client.call('POST', `/api/generation/cancel/${batch_id}`)
  assert.deepEqual(reply, { status: 200, json: { status: 'cancelled', cancelled_count: 4 } })
  for (const task of await client.ended(batch_id)) {
    assert.deepEqual([task.status, task.progress, task.result_url, task.error], ['cancelled', 0, null, null])
  }
  assert.deepEqual([fresh.services.runs.running(), fresh.services.runs.waiting()], [[], []])
  const again = await client.call('POST', `/api/generation/cancel/${batch_id}`)
  assert.deepEqual(again, { status: 404, json: { detail: 'Batch not found or already completed' } })
})

test('defect 19: a batch and its history outlive the server', async () => {
  const home = passingFolder()
  const first = await startServer({ home })
  const bea = await memberOf(first, 'bea')
  const { batch_id } = await bea.start({ count: 3, title: 'A title' })
  await first.close()
  const second = await startServer({ home })
  const again = clientOf(second, bea.token)
  const tasks = await again.ended(batch_id)
  assert.deepEqual(
    tasks.map(({ status }) => status),
    ['completed', 'completed', 'completed'],
  )
  const { json } = await again.call('GET', '/api/history/')
  assert.deepEqual([json.length, json[0].id, json[0].title, json[0].result_urls.length], [1, batch_id, 'A title', 3])
})

test('defect 22: where no face is found the task fails with the reason, and shows nobody else’s picture', async () => {
  const other = await anybody.start({ count: 1 })
  await anybody.ended(other.batch_id)
  const { json } = await anybody.upload(await greyPicture(), 'grey.png', 'image/png')
  const { batch_id } = await anybody.start({ face_image_id: json.id, count: 1 })
  const [task] = await anybody.ended(batch_id)
  assert.deepEqual([task?.status, task?.progress, task?.result_url, task?.preview_url], ['failed', 0, null, null])
  assert.match(task?.error ?? '', /face/i)
  assert.equal((await fetch(`${server.url}/outputs/${batch_id}_0.png`)).status, 404)
})

test('a face photo that is not there fails the tasks and not the request', async () => {
  const { batch_id, total_count } = await anybody.start({ face_image_id: 'a0b1c2d3-0000-4000-8000-000000000000' })
  assert.equal(total_count, 4)
  for (const task of await anybody.ended(batch_id))
    assert.deepEqual([task.status, task.error], ['failed', 'Face image not found'])
})

test('a prompt longer than any model reads is refused, for it is kept', async () => {
  const reply = await anybody.call('POST', '/api/generation/start', {
    face_image_id: 'nobody',
    params: { prompt: 'x'.repeat(10_001) },
  })
  assert.equal(reply.status, 422)
})

test('of batches that could not begin the newest 1000 of an owner are kept', async () => {
  const { store } = server.services
  const old = { owner: 'anonymous', face: 'nobody', params: {}, parallel: false, tasks: [], favourite: false } as const
  const rows = Array.from({ length: 1000 }, (_, i) => ({ ...old, id: `old ${i}`, createdAt: i }))
  await store.commit(rows.map(create => ({ table: 'batches', create }) as const))
  const { batch_id } = await anybody.start({ face_image_id: 'nobody', count: 1 })
  assert.equal(await store.get('batches', 'old 0'), undefined)
  assert(await store.get('batches', 'old 1'))
  assert(await store.get('batches', batch_id))
  await store.commit(rows.map(({ id }) => ({ table: 'batches', remove: id }) as const))
})

test('defect 24: a full queue answers 429 and keeps nothing of the request', async () => {
  const small = await startServer({ queueLimit: 2 })
  const client = clientOf(small)
  const face_image_id = (await client.upload(await facePhoto())).json.id
  const { status, json } = await client.call('POST', '/api/generation/start', { face_image_id, count: 3 })
  assert.equal(status, 429)
  assert.match(json.detail, /2 runs waiting/)
  assert.deepEqual([await small.services.store.count('batches'), await small.services.store.count('runs')], [0, 0])
})

test('defect 26: no task begins before the answer that names it has left', async () => {
  const { services } = server
  const route = originalDoor(services).routes.find(({ path }) => path === '/api/generation/start')
  const face_image_id = (await anybody.upload(await facePhoto())).json.id
  const events: ExecutionEvent[] = []
  services.hub.listen('all', event => void events.push(event))
  let leave = () => {}
  const sent = new Promise<void>(resolve => {
    leave = resolve
  })
  const call = { body: { face_image_id, count: 1 }, who: ANONYMOUS, owner: 'anonymous', sent } as unknown as Call
  const answer = await route?.handle(call)
  assert(answer)
  const { batch_id } = answer.json as Started
  const run = (await services.store.get('batches', batch_id))?.tasks[0]?.run
  const other = await anybody.start({ count: 1 })
  await anybody.ended(other.batch_id)
  const types = () => events.filter(event => event.run === run).map(({ type }) => type)
  assert.deepEqual(types(), ['run-queued'])
  leave()
  await anybody.ended(batch_id)
  assert(types().includes('run-finished'))
})

test('pictures of a batch that is not parallel are made one after another', async () => {
  const release = await occupy(server)
  const apart = await anybody.start({ count: 3, parallel: false })
  const together = await anybody.start({ count: 3, parallel: true })
  const clients = server.services.runs.waiting().map(({ client }) => client)
  assert.deepEqual(clients, [...Array(3).fill(apart.batch_id), ...Array(3).fill(undefined)])
  await release()
  for (const { batch_id } of [apart, together]) await anybody.ended(batch_id)
})

test('defect 34: a prompt that begins with a dash is a prompt, and unknown modes and models are refused', async () => {
  const params = { prompt: '--help', steps: 50, negative_prompt: '', adapter_mode: 'quick' }
  const { batch_id, ignored_params } = await anybody.start({ count: 1, params })
  assert.deepEqual(ignored_params, ['prompt', 'negative_prompt'])
  assert.equal((await anybody.ended(batch_id))[0]?.status, 'completed')
  for (const params of [{ adapter_mode: 'magic' }, { face_swap_model: '../../ghost' }]) {
    const { status, json } = await anybody.call('POST', '/api/generation/start', { face_image_id: 'x', params })
    assert.deepEqual([status, json.detail[0].loc], [422, ['body', 'params', ...Object.keys(params)]])
  }
})

test('an adapter mode whose models are absent is refused with what is missing and what to do', async () => {
  for (const [adapter_mode, file] of [
    ['faceid_plus', 'ip-adapter-faceid-plusv2_sdxl.bin'],
    ['dual', 'ip-adapter_sdxl.bin'],
  ]) {
    const request = { face_image_id: 'x', params: { adapter_mode } }
    const { status, json } = await anybody.call('POST', '/api/generation/start', request)
    assert.equal(status, 409)
    assert(json.detail.includes(file), json.detail)
    assert.match(json.detail, /portrait models pull sdxl-faceid.*"quick"/)
  }
})

test('a task tells its progress up to 100, its steps and its times', async () => {
  const { tasks, batch_id } = await anybody.start({ count: 1 })
  const [waiting] = tasks
  const [done] = await anybody.ended(batch_id)
  assert.deepEqual([waiting?.status, waiting?.current_step, waiting?.started_at], ['pending', 0, null])
  assert((waiting?.total_steps ?? 0) > 0)
  assert.deepEqual(
    [done?.progress, done?.current_step, done?.total_steps],
    [100, waiting?.total_steps, waiting?.total_steps],
  )
  for (const time of [done?.started_at, done?.completed_at])
    assert.match(time ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
})

test('what is no batch and no task is 404', async () => {
  const paths = ['status/nothing', 'task/nothing', 'task/a0b1c2d3-0000-4000-8000-000000000000-0', 'task/__proto__-0']
  for (const path of paths) assert.equal((await anybody.call('GET', `/api/generation/${path}`)).status, 404, path)
  const reply = await anybody.call('GET', '/api/generation/status/nothing')
  assert.deepEqual(reply.json, { detail: 'Batch not found' })
})
