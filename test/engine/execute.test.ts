import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { defineNode, integer, list, optional, port, type Workflow, type WorkflowNode } from '../../engine/index.js'
import { from, gate, graph, kept, memoryCache, node, registryWith, runIn, states, testLanes } from './harness.js'

const lanes = testLanes()

test('a step starts as soon as its own inputs are there', async () => {
  //  slow (waits for the gate) ──► keepSlow
  //  count ──► add ──► keepFast (opens the gate)
  const reached = gate()
  const Slow = defineNode({
    type: 'Slow',
    version: 1,
    category: 'test',
    description: 'Waits.',
    lane: 'main',
    inputs: {},
    outputs: { value: integer() },
    run: async () => {
      await reached.opened
      return { value: 1 }
    },
  })
  const workflow = graph({
    slow: node('Slow'),
    keepSlow: node('Keep', { value: from('slow', 'value') }),
    count: node('Count'),
    add: node('Add', { a: from('count', 'value') }),
    keepFast: node('Keep', { value: from('add', 'sum') }),
  })
  const result = await runIn(lanes, workflow, {
    registry: registryWith(Slow),
    listen: event => event.type === 'node-finished' && event.node === 'keepFast' && reached.open(),
  })
  assert.equal(result.status, 'finished')
})

test('a target that has finished tells what it answered, run or remembered; other nodes and pictures do not', async () => {
  //  count ──► keep
  //  picture
  const Picture = defineNode({
    type: 'Picture',
    version: 1,
    category: 'test',
    description: 'Answers what is plain and what is not.',
    lane: 'main',
    sink: true,
    inputs: {},
    outputs: { image: port('IMAGE'), file: port('FILE'), empty: list(integer()) },
    run: () => ({ image: { width: 1, data: new Uint8Array(1) }, file: { artifact: 'a.png', name: 'a' }, empty: [] }),
  })
  const workflow = graph({
    count: node('Count', { value: 5 }),
    keep: node('Keep', { value: from('count', 'value') }),
    picture: node('Picture'),
  })
  const cache = memoryCache()
  for (const cached of [false, true]) {
    const { events } = await runIn(lanes, workflow, { registry: registryWith(Picture), cache })
    const told = Object.fromEntries(
      events.flatMap(event => (event.type === 'node-finished' ? [[event.node, [event.cached, event.outputs]]] : [])),
    )
    assert.deepEqual(told.picture, [cached, { file: { artifact: 'a.png', name: 'a' }, empty: [] }])
    assert.deepEqual(told.keep, [cached, { value: 5 }])
    assert.deepEqual(told.count, cached ? undefined : [false, undefined])
  }
})

test('a list runs a step once an item; shorter lists repeat their last item; lists gather', async () => {
  //  range(4) ──► add ──► total ──► keep
  //  [10, 20] ──────┘
  const workflow = graph({
    range: node('Range', { length: 4 }),
    add: node('Add', { a: from('range', 'values'), b: [10, 20] }),
    all: node('KeepAll', { values: from('add', 'sum') }),
    both: node('Total', { of: [from('add', 'sum'), from('range', 'values')] }),
    keep: node('Keep', { value: from('both', 'sum') }),
  })
  const result = await runIn(lanes, workflow)
  assert.deepEqual(result.outputs.all?.values, [10, 21, 22, 23])
  assert.equal(kept(result, 'keep'), 76 + 6)
})

test('an empty list means no run and empty outputs', async () => {
  //  range(0) ──► add ──► total ──► keep
  const workflow = graph({
    range: node('Range', { length: 0 }),
    add: node('Add', { a: from('range', 'values') }),
    total: node('Total', { of: from('add', 'sum') }),
    keep: node('Keep', { value: from('total', 'sum') }),
  })
  assert.equal(kept(await runIn(lanes, workflow), 'keep'), 0)
})

test('a lazy input is computed only when it is asked for', async () => {
  //  good ──► choose(first) ──► keep
  //  fail ──────┘
  const workflow = (first: boolean) =>
    graph({
      good: node('Count', { value: 7 }),
      fail: node('Fail'),
      choose: node('Choose', { first, a: from('good', 'value'), b: from('fail', 'value') }),
      keep: node('Keep', { value: from('choose', 'value') }),
    })
  const result = await runIn(lanes, workflow(true))
  assert.equal(kept(result, 'keep'), 7)
  assert.equal(states(result).fail, 'unneeded')
  const other = await runIn(lanes, workflow(false))
  assert.deepEqual(other.failures, [{ node: 'fail', type: 'Fail', message: 'on purpose' }])
})

test('a failure ends what depends on it, and the other sinks finish', async () => {
  //  fail ──► add ──► lost
  //  count ─────────► found
  const workflow = graph({
    fail: node('Fail', { message: 'no face' }),
    add: node('Add', { a: from('fail', 'value') }),
    lost: node('Keep', { value: from('add', 'sum') }),
    count: node('Count', { value: 3 }),
    found: node('Keep', { value: from('count', 'value') }),
  })
  const result = await runIn(lanes, workflow)
  assert.equal(result.status, 'failed')
  assert.deepEqual(result.failures, [{ node: 'fail', type: 'Fail', message: 'no face' }])
  assert.equal(kept(result, 'found'), 3)
  assert.deepEqual(states(result), { fail: 'failed', add: 'blocked', lost: 'blocked', count: 'ran', found: 'ran' })
})

test('a linked value out of range is refused when it is there', async () => {
  //  count(900) ──► settings.size (0…512)
  const workflow = graph({
    count: node('Count', { value: 900 }),
    settings: node('Settings', { size: from('count', 'value') }),
  })
  const { failures } = await runIn(lanes, workflow)
  assert.equal(
    failures[0]?.message,
    'Input "size" of node "settings" (Settings) must be an integer from 0 to 512, got 900.',
  )
})

test('what has not changed is not run again, and a change runs only what is below it', async () => {
  //  count ──► one ──► two ──► keep
  const workflow = (b: number) =>
    graph({
      count: node('Count', { value: 1 }),
      one: node('Add', { a: from('count', 'value') }),
      two: node('Add', { a: from('one', 'sum'), b }),
      keep: node('Keep', { value: from('two', 'sum') }),
    })
  const cache = memoryCache()
  await runIn(lanes, workflow(1), { cache })
  assert.deepEqual(states(await runIn(lanes, workflow(1), { cache })), {
    count: 'unneeded',
    one: 'unneeded',
    two: 'unneeded',
    keep: 'cached',
  })
  assert.deepEqual(states(await runIn(lanes, workflow(5), { cache })), {
    count: 'unneeded',
    one: 'cached',
    two: 'ran',
    keep: 'ran',
  })
})

test('two runs that need the same step at once share one computation', async () => {
  //  work ──► keep        (twice, at the same time)
  const two = testLanes({ devices: ['cpu', 'cpu'] })
  const cache = memoryCache()
  const workflow = graph({ work: node('Work', { steps: 30 }), keep: node('Keep', { value: from('work', 'steps') }) })
  const [a, b] = await Promise.all([runIn(two, workflow, { cache }), runIn(two, workflow, { cache })])
  assert.deepEqual([states(a).work, states(b).work].sort(), ['cached', 'ran'])
  assert.deepEqual([kept(a, 'keep'), kept(b, 'keep')], [30, 30])
})

test('a run takes a shared step over when the run that computed it is cancelled', async () => {
  const two = testLanes({ devices: ['cpu', 'cpu'] })
  const cache = memoryCache()
  const workflow = graph({ work: node('Work', { steps: 60 }), keep: node('Keep', { value: from('work', 'steps') }) })
  const cancellation = new AbortController()
  const first = runIn(two, workflow, {
    cache,
    signal: cancellation.signal,
    listen: event => event.type === 'node-progress' && cancellation.abort(),
  })
  const second = runIn(two, workflow, { cache })
  assert.equal((await first).status, 'cancelled')
  assert.equal(kept(await second, 'keep'), 60)
})

for (const type of ['Work', 'WorkBlocking']) {
  test(`a cancelled ${type} stops within a step, and the lane with what it keeps works on`, async () => {
    const one = testLanes({ devices: ['cpu'], threads: 1 })
    const where = (question: number) =>
      graph({
        w: node('WhereAmI', { question }),
        thread: node('Keep', { value: from('w', 'thread') }),
        uses: node('Keep', { value: from('w', 'uses') }),
      })
    const before = await runIn(one, where(1))
    const cancellation = new AbortController()
    let seen = 0
    const workflow = graph({
      work: node(type, { steps: 100_000 }),
      keep: node('Keep', { value: from('work', 'steps') }),
    })
    const result = await runIn(one, workflow, {
      signal: cancellation.signal,
      listen: event => {
        if (event.type === 'node-progress' && ++seen === 3) cancellation.abort()
      },
    })
    assert.equal(result.status, 'cancelled')
    assert(seen < 1000, `${seen} steps were told`)
    const after = await runIn(one, where(2))
    assert.equal(kept(after, 'thread'), kept(before, 'thread'), 'the thread lives on')
    assert.equal(kept(after, 'uses'), 2, 'and what it keeps')
  })
}

test('a node that throws in a thread, or makes what cannot cross, leaves the lane usable', async () => {
  const workflow = graph({
    fail: node('FailInThread', { message: 'in a thread' }),
    lost: node('Keep', { value: from('fail', 'value') }),
    fn: node('MakeFunction'),
    gone: node('Keep', { value: from('fn', 'value') }),
    work: node('Work', { steps: 2 }),
    found: node('Keep', { value: from('work', 'steps') }),
  })
  const result = await runIn(lanes, workflow)
  assert.deepEqual(result.failures.map(failure => failure.node).sort(), ['fail', 'fn'])
  assert.equal(result.failures.find(failure => failure.node === 'fail')?.message, 'in a thread')
  assert.equal(kept(result, 'found'), 2)
})

test('progress, logs and warnings cross from a thread, and warnings are told again from the cache', async () => {
  const workflow = graph({ work: node('Work', { steps: 3 }), keep: node('Keep', { value: from('work', 'steps') }) })
  const cache = memoryCache()
  const { events, steps } = await runIn(lanes, workflow, { cache })
  assert.deepEqual(
    events.filter(event => event.type === 'node-progress').map(event => event.step),
    [1, 2, 3],
  )
  assert(events.some(event => event.type === 'node-log' && event.message === 'begins 3 steps'))
  assert.deepEqual(steps.work?.warnings, ['worked hard'])
  const again = await runIn(lanes, workflow, { cache, targets: ['work'] })
  assert.equal(again.steps.work?.state, 'cached')
  assert(again.events.some(event => event.type === 'node-warning' && event.message === 'worked hard'))
})

test('a volatile node and what is below it always run', async () => {
  let reads = 0
  const Clock = defineNode({
    type: 'Clock',
    version: 1,
    category: 'test',
    description: 'Another number each time.',
    lane: 'main',
    volatile: true,
    inputs: { after: optional(integer()) },
    outputs: { value: integer() },
    run: () => ({ value: ++reads }),
  })
  const workflow = graph({ clock: node('Clock'), keep: node('Keep', { value: from('clock', 'value') }) })
  const options = { cache: memoryCache(), registry: registryWith(Clock) }
  assert.equal(kept(await runIn(lanes, workflow, options), 'keep'), 1)
  assert.equal(kept(await runIn(lanes, workflow, options), 'keep'), 2)
})

test('a result whose artifact is gone is made again', async () => {
  const Save = defineNode({
    type: 'Save',
    version: 1,
    category: 'test',
    description: 'Names an artifact.',
    lane: 'main',
    sink: true,
    inputs: {},
    outputs: { file: { type: 'FILE' } },
    run: () => ({ file: { artifact: 'a.png' } }),
  })
  const workflow = graph({ save: node('Save') })
  const options = { cache: memoryCache(), registry: registryWith(Save) }
  await runIn(lanes, workflow, options)
  assert.equal(states(await runIn(lanes, workflow, { ...options, hasArtifact: () => true })).save, 'cached')
  assert.equal(states(await runIn(lanes, workflow, { ...options, hasArtifact: () => false })).save, 'ran')
})

test('any graph of sums gives what a plain evaluation gives', async () => {
  // Node i adds two earlier nodes; the last ones are kept.
  const graphs = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(graphs, async picks => {
      const nodes: Record<string, WorkflowNode> = { n0: node('Count', { value: 1 }) }
      const values = [1]
      for (const [i, [a, b]] of picks.entries()) {
        const [left, right] = [a % (i + 1), b % (i + 1)]
        const output = (k: number) => from(`n${k}`, k === 0 ? 'value' : 'sum')
        nodes[`n${i + 1}`] = node('Add', { a: output(left), b: output(right) })
        values.push(((values[left] ?? 0) + (values[right] ?? 0)) % 1e6)
      }
      nodes.keep = node('Keep', { value: from(`n${picks.length}`, 'sum') })
      const workflow: Workflow = graph(nodes)
      const value = kept(await runIn(lanes, workflow), 'keep') as number
      assert.equal(value % 1e6, values.at(-1))
    }),
    { numRuns: 30 },
  )
})

test('a chain of ten thousand nodes runs', async () => {
  const nodes: Record<string, WorkflowNode> = { n0: node('Count') }
  for (let i = 1; i < 10_000; i++) nodes[`n${i}`] = node('Add', { a: from(`n${i - 1}`, i === 1 ? 'value' : 'sum') })
  const result = await runIn(lanes, graph({ ...nodes, keep: node('Keep', { value: from('n9999', 'sum') }) }))
  assert.equal(kept(result, 'keep'), 9999)
})
