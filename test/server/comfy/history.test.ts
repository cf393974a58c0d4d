import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../serving.js'
import { ended, get, jsonOf, post, send } from './calling.js'

const server = await startServer()
const ids: string[] = []
for (let value = 0; value < 5; value++) {
  const extra_data = { extra_pnginfo: { workflow: { id: `w${value % 2}` } } }
  ids.push(await send(server, { say: { class_type: 'Echo', inputs: { value } } }, { extra_data }))
  await ended(server, ids.at(-1) as string)
}
const failed = await send(server, { bad: { class_type: 'Fail', inputs: {} } })
await ended(server, failed)
const all = [...ids, failed]

const keys = async (query: string) => Object.keys(await get(server, `/history${query}`))

test('the history is listed oldest first, whole and in pages', async () => {
  assert.deepEqual(await keys(''), all)
  assert.deepEqual(await keys('?max_items=2'), all.slice(-2))
  assert.deepEqual(await keys('?max_items=2&offset=0'), all.slice(0, 2))
  assert.deepEqual(await keys('?max_items=2&offset=2'), all.slice(2, 4))
  assert.deepEqual(await keys('?max_items=2&offset=5'), all.slice(5))
  assert.deepEqual(await keys('?offset=0'), all)
  assert.deepEqual(await keys('?offset=4'), all.slice(4))
  assert.deepEqual(await keys('?offset=6'), [])
  assert.deepEqual(await keys('?offset=100'), [])
  assert.deepEqual(await keys('?max_items=2&offset=-1'), all.slice(-2))
  const response = await fetch(`${server.url}/history?max_items=many`)
  assert.equal(response.status, 400)
  assert.equal((await jsonOf(response)).error.type, 'invalid-number')
})

test('an entry has the prompt, what came of it, and what was told', async () => {
  const [id] = ids as [string]
  const entry = (await get(server, `/history/${id}`))[id]
  const [number, promptId, prompt, extra, outputs] = entry.prompt
  assert.deepEqual([typeof number, promptId, outputs], ['number', id, ['say']])
  assert.deepEqual(prompt, { say: { class_type: 'Echo', inputs: { value: 0 } } })
  assert.equal(typeof extra.create_time, 'number')
  assert.deepEqual(entry.outputs, { say: { text: ['0'] } })
  assert.deepEqual(entry.meta.say, { node_id: 'say', display_node: 'say', parent_node: null, real_node_id: 'say' })
  const { messages } = entry.status
  assert.deepEqual(
    messages.map(([name]: [string]) => name),
    ['execution_start', 'execution_cached', 'execution_success'],
  )
  for (const [, data] of messages) {
    assert.equal(data.prompt_id, id)
    assert.ok(Number.isInteger(data.timestamp))
  }
  assert.ok(Array.isArray(messages[1][1].nodes))
  assert.deepEqual(await get(server, '/history/unknown'), {})
})

test('what ran and what was remembered is told of long prompts too', async () => {
  const prompt: Record<string, object> = { say: { class_type: 'Echo', inputs: { value: ['n149', 0] } } }
  for (let i = 0; i < 150; i++)
    prompt[`n${i}`] = { class_type: 'Increment', inputs: { value: i === 0 ? 0 : [`n${i - 1}`, 0] } }
  const [cold, warm] = [await send(server, prompt), await send(server, prompt)]
  await Promise.all([ended(server, cold), ended(server, warm)])
  const cached = async (id: string) => (await get(server, `/history/${id}`))[id].status.messages[1][1].nodes.length
  assert.deepEqual([await cached(cold), await cached(warm)], [0, 151])
  await post(server, '/history', { delete: [cold, warm] })
})

test('jobs are listed with status, order, pages and the workflow that they came from', async () => {
  const list = async (query: string) => get(server, `/api/jobs${query}`)
  const { jobs, pagination } = await list('')
  assert.deepEqual(
    jobs.map(({ id }: { id: string }) => id),
    all.toReversed(),
    'the newest first',
  )
  assert.deepEqual(pagination, { offset: 0, limit: null, total: 6, has_more: false })
  assert.deepEqual(jobs[1].preview_output, { content: '4', nodeId: 'say', mediaType: 'text' })
  assert.deepEqual([jobs[1].status, jobs[1].outputs_count, jobs[1].workflow_id], ['completed', 0, 'w0'])
  assert.equal(jobs[0].status, 'failed')
  assert.equal(jobs[0].execution_error.node_id, 'bad')
  assert.ok(!('execution_error' in jobs[1]), 'what is not known is left out')
  const page = await list('?limit=2&offset=2&sort_order=asc')
  assert.deepEqual(
    page.jobs.map(({ id }: { id: string }) => id),
    all.slice(2, 4),
  )
  assert.equal(page.pagination.has_more, true)
  assert.deepEqual(
    (await list('?status=failed,cancelled')).jobs.map(({ id }: { id: string }) => id),
    [failed],
  )
  assert.equal((await list('?workflow_id=w1')).jobs.length, 2)
  for (const query of ['?status=odd', '?limit=0', '?offset=-1', '?sort_by=size', '?sort_order=up']) {
    const response = await fetch(`${server.url}/api/jobs${query}`)
    assert.equal(response.status, 400, query)
    assert.equal(typeof (await jsonOf(response)).error, 'string')
  }
})

test('a job is told whole by its id', async () => {
  const [id] = ids
  const job = await get(server, `/jobs/${id}`)
  assert.deepEqual(job.outputs, { say: { text: ['0'] } })
  assert.equal(job.execution_status.completed, true)
  assert.deepEqual(job.workflow.prompt, { say: { class_type: 'Echo', inputs: { value: 0 } } })
  assert.ok(job.execution_start_time <= job.execution_end_time)
  const response = await fetch(`${server.url}/api/jobs/unknown`)
  assert.deepEqual([response.status, await response.json()], [404, { error: 'Job not found' }])
})

test('jobs are cancelled one by one or by a list, and once', async () => {
  const long = (salt: number) => ({ w: { class_type: 'Wait', inputs: { ms: 20, steps: 3000, salt } } })
  const [running, waiting] = [await send(server, long(1)), await send(server, long(2))]
  assert.deepEqual((await post(server, `/api/jobs/${waiting}/cancel`)).json, { cancelled: true })
  assert.deepEqual((await post(server, '/api/jobs/cancel', { job_ids: [running] })).json, { cancelled: [running] })
  await Promise.all([ended(server, running), ended(server, waiting)])
  assert.deepEqual((await post(server, `/api/jobs/${running}/cancel`)).json, { cancelled: false })
  assert.equal((await get(server, `/api/jobs/${running}`)).status, 'cancelled')
  assert.equal((await post(server, '/api/jobs/cancel', { job_ids: 'all' })).status, 400)
  assert.deepEqual((await post(server, '/api/jobs/cancel', { job_ids: ['x'] })).json.invalid_ids, ['x'])
  await post(server, '/history', { delete: [running, waiting] })
})

test('history can be forgotten, some of it and all', async () => {
  assert.deepEqual(await post(server, '/history', { delete: [ids[0], 'unknown'] }), { status: 200, json: {} })
  assert.deepEqual(await keys(''), all.slice(1))
  assert.deepEqual(await post(server, '/history', { clear: true }), { status: 200, json: {} })
  assert.deepEqual(await keys(''), [])
})

test('the history survives the server', async () => {
  const id = await send(server, { say: { class_type: 'Echo', inputs: { value: 77 } } })
  const before = await ended(server, id)
  await server.close()
  const again = await startServer({ home: server.home })
  assert.deepEqual((await get(again, '/history'))[id], before)
})
