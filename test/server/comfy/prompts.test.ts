import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { startServer } from '../serving.js'
import { connect, get, post, send } from './calling.js'

const server = await startServer()

const echo = (value: number) => ({ say: { class_type: 'Echo', inputs: { value } } })
const wait = (salt: number, more: object = {}) => ({
  w: { class_type: 'Wait', inputs: { ms: 20, steps: 5, salt, ...more } },
})
const types = (told: readonly { type: string }[]) => told.map(({ type }) => type)

test('the flow of ComfyUI’s Python example ends with results in the history', async () => {
  const client = randomUUID()
  const prompt_id = randomUUID()
  const socket = await connect(server, `?clientId=${client}`)
  assert.equal(await send(server, echo(1), { client_id: client, prompt_id }), prompt_id)
  await socket.over(prompt_id)
  const history = (await get(server, `/history/${prompt_id}`))[prompt_id]
  assert.deepEqual(history.outputs, { say: { text: ['1'] } })
  assert.equal(history.status.status_str, 'success')
  assert.equal(history.status.completed, true)
})

test('a prompt is told in the order that clients depend on', async () => {
  const client = randomUUID()
  const socket = await connect(server, `?clientId=${client}`)
  const id = await send(server, wait(1), { client_id: client })
  await socket.over(id)
  const own = types(socket.told.filter(({ type, data }) => data.prompt_id === id && !type.startsWith('progress')))
  assert.deepEqual(own, [
    'execution_start',
    'execution_cached',
    'executing',
    'executed',
    'execution_success',
    'executing',
  ])
  assert.deepEqual(types(socket.told).slice(-3), ['execution_success', 'status', 'executing'])
  const started = socket.told.findIndex(({ type }) => type === 'execution_start')
  assert.ok(types(socket.told.slice(1, started)).includes('status'), 'a status comes before the start')
  const progress = socket.told.find(({ type }) => type === 'progress')?.data
  assert.deepEqual(
    { ...progress, value: 0 },
    { value: 0, max: 5, prompt_id: id, node: 'w' },
    'progress has value, max, prompt and node',
  )
  const states = socket.told.findLast(({ type }) => type === 'progress_state')?.data
  assert.equal(states.prompt_id, id)
  assert.deepEqual(states.nodes.w, {
    value: 1,
    max: 1,
    state: 'finished',
    node_id: 'w',
    prompt_id: id,
    display_node_id: 'w',
    parent_node_id: null,
    real_node_id: 'w',
  })
})

test('a prompt that is wholly remembered is told as cached, with its outputs again', async () => {
  const client = randomUUID()
  const socket = await connect(server, `?clientId=${client}`)
  await socket.over(await send(server, echo(2), { client_id: client }))
  const second = await send(server, echo(2), { client_id: client })
  await socket.over(second)
  const told = socket.told.filter(({ type, data }) => data.prompt_id === second && type !== 'progress_state')
  assert.deepEqual(types(told), ['execution_start', 'execution_cached', 'executed', 'execution_success', 'executing'])
  assert.deepEqual(told[1]?.data.nodes, ['say'])
  assert.deepEqual(told[2]?.data.output, { text: ['2'] })
})

test('nodes above a remembered one count as cached too', async () => {
  const client = randomUUID()
  const socket = await connect(server, `?clientId=${client}`)
  const prompt = {
    up: { class_type: 'Increment', inputs: { value: 8 } },
    say: { class_type: 'Echo', inputs: { value: ['up', 0] } },
  }
  await socket.over(await send(server, prompt, { client_id: client }))
  const second = await send(server, prompt, { client_id: client })
  await socket.over(second)
  const cached = socket.told.find(({ type, data }) => type === 'execution_cached' && data.prompt_id === second)
  assert.deepEqual(cached?.data.nodes.toSorted(), ['say', 'up'])
})

test('a failing node is told with all that is known, and in the history', async () => {
  const client = randomUUID()
  const socket = await connect(server, `?clientId=${client}`)
  const prompt = { ...echo(3), bad: { class_type: 'Fail', inputs: { message: 'No luck.' } } }
  const id = await send(server, prompt, { client_id: client })
  await socket.over(id)
  const error = socket.told.find(({ type }) => type === 'execution_error')?.data
  assert.equal(error.prompt_id, id)
  assert.equal(error.node_id, 'bad')
  assert.equal(error.node_type, 'Fail')
  assert.match(error.exception_message, /No luck\./)
  assert.equal(typeof error.exception_type, 'string')
  assert.deepEqual(error.current_inputs.message, ['No luck.'])
  assert.deepEqual(error.executed, ['say'])
  assert.ok(Array.isArray(error.traceback) && Array.isArray(error.current_outputs) && error.timestamp > 0)
  const entry = (await get(server, `/history/${id}`))[id]
  assert.equal(entry.status.status_str, 'error')
  assert.equal(entry.status.completed, false)
  assert.equal(entry.status.messages.at(-1)[0], 'execution_error')
  assert.deepEqual(entry.outputs, { say: { text: ['3'] } })
})

test('an interrupted prompt is told, and the next one runs', async () => {
  const client = randomUUID()
  const socket = await connect(server, `?clientId=${client}`)
  const id = await send(server, wait(2, { steps: 3000 }), { client_id: client })
  await socket.until(({ type, data }) => type === 'progress' && data.prompt_id === id)
  assert.deepEqual(await post(server, '/interrupt', { prompt_id: 'another' }), { status: 200, json: {} })
  assert.deepEqual(
    (await get(server, '/queue')).queue_running.map((item: unknown[]) => item[1]),
    [id],
  )
  assert.deepEqual(await post(server, '/interrupt', { prompt_id: id }), { status: 200, json: {} })
  await socket.over(id)
  const told = socket.told.find(({ type }) => type === 'execution_interrupted')?.data
  assert.equal(told.node_id, 'w')
  assert.equal(told.node_type, 'Wait')
  const entry = (await get(server, `/history/${id}`))[id]
  assert.equal(entry.status.status_str, 'error')
  assert.equal(entry.status.messages.at(-1)[0], 'execution_interrupted')
  await socket.over(await send(server, echo(4), { client_id: client }))
})

test('an interrupt without a body ends what runs', async () => {
  const id = await send(server, wait(3, { steps: 3000 }))
  while ((await get(server, '/queue')).queue_running.length === 0) await new Promise(resolve => setTimeout(resolve, 10))
  const response = await fetch(`${server.url}/interrupt`, { method: 'POST' })
  assert.deepEqual(await response.json(), {})
  for (;;) {
    const entry = (await get(server, `/history/${id}`))[id]
    if (entry) return assert.equal(entry.status.messages.at(-1)[0], 'execution_interrupted')
  }
})

test('the queue lists what runs and what waits, and what waits can be taken out', async () => {
  const client = randomUUID()
  const socket = await connect(server, `?clientId=${client}`)
  const first = await send(server, wait(4, { steps: 3000 }), { client_id: client })
  await socket.until(({ type, data }) => type === 'executing' && data.prompt_id === first)
  const extra_data = { extra_pnginfo: { workflow: { id: 'w' } }, auth_token_comfy_org: 'secret' }
  const second = await send(server, echo(5), { client_id: client, extra_data })
  const third = await send(server, echo(6), { client_id: client, front: true })
  const { queue_running, queue_pending } = await get(server, '/queue')
  assert.deepEqual(
    queue_running.map((item: unknown[]) => item[1]),
    [first],
  )
  assert.deepEqual(
    queue_pending.map((item: unknown[]) => item[1]),
    [third, second],
    'the one for the front is first',
  )
  const [number, id, prompt, extra, outputs] = queue_pending[1]
  assert.ok(Number.isInteger(number))
  assert.equal(id, second)
  assert.deepEqual(prompt, echo(5))
  assert.deepEqual(extra.extra_pnginfo, { workflow: { id: 'w' } })
  assert.equal(extra.client_id, client)
  assert.equal(extra.auth_token_comfy_org, undefined, 'secrets are not kept')
  assert.deepEqual(outputs, ['say'])
  assert.equal((await get(server, '/prompt')).exec_info.queue_remaining, 3)
  assert.deepEqual(await post(server, '/queue', { delete: [second, first] }), { status: 200, json: {} })
  await socket.over(second)
  assert.deepEqual(
    (await get(server, '/queue')).queue_running.map((item: unknown[]) => item[1]),
    [first],
  )
  assert.deepEqual(await post(server, '/queue', { clear: true }), { status: 200, json: {} })
  await post(server, '/interrupt', { prompt_id: first })
  await socket.over(first)
  assert.equal((await get(server, '/prompt')).exec_info.queue_remaining, 0)
})

test('the prompts of one client run one after the other', async () => {
  const client = randomUUID()
  const socket = await connect(server, `?clientId=${client}`)
  const ids = await Promise.all([5, 6, 7].map(salt => send(server, wait(salt, { ms: 1 }), { client_id: client })))
  await Promise.all(ids.map(id => socket.over(id)))
  const order = socket.told.filter(
    ({ type, data }) => type === 'execution_start' || (type === 'executing' && data.node === null),
  )
  const pairs = order.map(({ type, data }) => `${type} ${data.prompt_id}`)
  for (let i = 0; i < pairs.length; i += 2)
    assert.equal(pairs[i + 1], pairs[i]?.replace('execution_start', 'executing'), 'each ends before the next begins')
})

test('prompts that cannot run are refused in ComfyUI’s form', async () => {
  const refused = async (body: unknown) => {
    const { status, json } = await post(server, '/prompt', body)
    return [status, json.error.type, json.node_errors]
  }
  assert.deepEqual(await refused({}), [400, 'no_prompt', {}])
  assert.deepEqual(await refused({ prompt: { a: { inputs: {} } } }), [400, 'missing_node_type', {}])
  assert.deepEqual(await refused({ prompt: { a: { class_type: 'Nothing', inputs: {} } } }), [
    400,
    'missing_node_type',
    {},
  ])
  assert.deepEqual(await refused({ prompt: {} }), [400, 'prompt_no_outputs', {}])
  assert.deepEqual(await refused({ prompt: echo(1), partial_execution_targets: [] }), [400, 'prompt_no_outputs', {}])
  assert.deepEqual(await refused({ prompt: echo(1), prompt_id: 'a b' }), [400, 'invalid_prompt_id', {}])
  const [status, type, errors] = await refused({ prompt: { say: { class_type: 'Echo', inputs: { value: 'x' } } } })
  assert.deepEqual([status, type], [400, 'prompt_outputs_failed_validation'])
  assert.equal(errors.say.class_type, 'Echo')
  assert.equal(errors.say.errors[0].type, 'invalid_input_type')
  assert.deepEqual(errors.say.dependent_outputs, ['say'])
})

test('a prompt with one good output runs, and the faults of the other are told', async () => {
  const prompt = { ...echo(9), bad: { class_type: 'Echo', inputs: { value: 'x' } } }
  const { status, json } = await post(server, '/prompt', { prompt })
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(json.node_errors), ['bad'])
})

test('an id that is taken is refused', async () => {
  const prompt_id = await send(server, echo(10), { prompt_id: randomUUID() })
  const { status, json } = await post(server, '/prompt', { prompt: echo(10), prompt_id })
  assert.deepEqual([status, json.error.type], [409, 'duplicate_prompt_id'])
})

test('only the outputs that are asked for run', async () => {
  const client = randomUUID()
  const socket = await connect(server, `?clientId=${client}`)
  const prompt = { ...echo(11), other: { class_type: 'Echo', inputs: { value: 12 } } }
  const id = await send(server, prompt, { client_id: client, partial_execution_targets: ['other'] })
  await socket.over(id)
  assert.deepEqual(Object.keys((await get(server, `/history/${id}`))[id].outputs), ['other'])
})

test('a workflow as the editor saves it is a prompt too', async () => {
  const client = randomUUID()
  const socket = await connect(server, `?clientId=${client}`)
  const workflow = {
    last_node_id: 1,
    last_link_id: 0,
    nodes: [
      {
        id: 1,
        type: 'Echo',
        pos: [0, 0],
        size: [100, 50],
        flags: {},
        order: 0,
        mode: 0,
        widgets_values: [13],
        properties: {},
      },
    ],
    links: [],
    groups: [],
    config: {},
    extra: {},
    version: 0.4,
  }
  const id = await send(server, workflow, { client_id: client })
  await socket.over(id)
  const entry = (await get(server, `/history/${id}`))[id]
  assert.deepEqual(entry.outputs, { 1: { text: ['13'] } })
  assert.deepEqual(entry.prompt[3].extra_pnginfo.workflow, workflow, 'the editor’s file is kept with the prompt')
})

test('every route answers bare, under /comfy and under /api', async () => {
  for (const prefix of ['', '/comfy', '/api']) {
    assert.deepEqual(Object.keys(await get(server, `${prefix}/queue`)).toSorted(), ['queue_pending', 'queue_running'])
    assert.ok((await get(server, `${prefix}/object_info/Echo`)).Echo)
    const socket = await connect(server, '', `${prefix}/ws`)
    assert.equal((await socket.until(() => true)).type, 'status')
  }
})
