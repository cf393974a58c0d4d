import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isCancellation, type Lane, type Lanes, type NodeDefinition, openLanes } from '../../engine/index.js'
import { gate, passingFolder, testLanes } from './harness.js'
import { FailInThread, MakeFunction, Negate, Paint, Pass, ThrowLater, WhereAmI, Work, WorkBlocking } from './nodes.js'

const never = new AbortController().signal
const call = (
  lane: Lane,
  definition: NodeDefinition,
  inputs: Record<string, unknown> = {},
  { signal = never, progress = (_: number) => {} } = {},
) => lane.run({ definition, inputs }, { signal, progress, log: () => {} })
const inGpu = <T>(lanes: Lanes, work: (gpu: Lane) => Promise<T>, signal = never) =>
  lanes.use(signal, ({ gpu }) => work(gpu))
const where = async (gpu: Lane) => (await call(gpu, WhereAmI)).outputs

test('two runs on two devices work at once, each in its own thread', async () => {
  const lanes = testLanes({ devices: ['one', 'two'] })
  const [a, b] = [gate(), gate()]
  // Each is held until the other has begun: they can only end if they overlap.
  const run = (mine: typeof a, other: typeof a) =>
    inGpu(lanes, async gpu => {
      const progress = () => mine.open()
      const [outcome] = await Promise.all([call(gpu, Work, { steps: 5, ms: 1 }, { progress }), other.opened])
      assert.deepEqual(outcome.outputs, { steps: 5 })
      return where(gpu)
    })
  const [first, second] = await Promise.all([run(a, b), run(b, a)])
  assert.deepEqual([first.device, second.device].sort(), ['one', 'two'])
  assert.notEqual(first.thread, second.thread)
})

test('the cpu lane works on as many tasks as it has threads', async () => {
  const lanes = testLanes({ threads: 2 })
  await lanes.use(never, async ({ cpu }) => {
    const [a, b] = [gate(), gate()]
    const overlapping = (mine: typeof a, other: typeof a) =>
      Promise.all([call(cpu, WorkBlocking, { steps: 20, ms: 2 }, { progress: () => mine.open() }), other.opened])
    await Promise.all([overlapping(a, b), overlapping(b, a)])
  })
})

test('the thread and what it keeps outlive tasks that throw, that are cancelled, and whole runs', async () => {
  const lanes = testLanes({ devices: ['cpu'] })
  const before = await inGpu(lanes, where)
  await assert.rejects(
    inGpu(lanes, gpu => call(gpu, FailInThread, { message: 'on purpose' })),
    { name: 'Error', message: 'on purpose' },
  )
  for (const definition of [Work, WorkBlocking]) {
    const cancellation = new AbortController()
    const cancelled = inGpu(lanes, gpu =>
      call(
        gpu,
        definition,
        { steps: 1e6, ms: 1 },
        { signal: cancellation.signal, progress: () => cancellation.abort() },
      ),
    )
    await assert.rejects(cancelled, isCancellation)
  }
  assert.deepEqual(await inGpu(lanes, where), { ...before, uses: (before.uses as number) + 1 })
})

test('a task that is cancelled while it waits for its thread never begins', async () => {
  await inGpu(testLanes({ devices: ['cpu'] }), async gpu => {
    const cancellation = new AbortController()
    const working = gate()
    const busy = call(gpu, Work, { steps: 20 }, { progress: () => working.open() })
    let told = 0
    const waiting = call(gpu, Work, { steps: 5 }, { signal: cancellation.signal, progress: () => told++ })
    await working.opened
    cancellation.abort()
    await assert.rejects(waiting, isCancellation)
    assert.equal(told, 0)
    assert.deepEqual((await busy).outputs, { steps: 20 })
  })
})

test('a signal that was aborted before asks nothing of the lane', async () => {
  const lanes = testLanes()
  await assert.rejects(
    inGpu(lanes, gpu => call(gpu, Work, { steps: 1 }, { signal: AbortSignal.abort() })),
    isCancellation,
  )
  await assert.rejects(inGpu(lanes, where, AbortSignal.abort()), isCancellation)
})

test('runs get the lane of a device in the order in which they asked, and leave the queue when cancelled', async () => {
  const lanes = testLanes({ devices: ['cpu'] })
  const order: string[] = []
  const ends = gate()
  const first = inGpu(lanes, () => ends.opened)
  const ask = (name: string, signal = never) => inGpu(lanes, async () => void order.push(name), signal)
  const cancellation = new AbortController()
  const waiting = [ask('second'), ask('left', cancellation.signal).catch(isCancellation), ask('third'), ask('fourth')]
  cancellation.abort()
  ends.open()
  await first
  assert.deepEqual(await Promise.all(waiting), [undefined, true, undefined, undefined])
  assert.deepEqual(order, ['second', 'third', 'fourth'])
  cancellation.abort()
  assert.equal(await inGpu(lanes, async () => 'free again'), 'free again')
})

test('a run that throws gives its lane back', async () => {
  const lanes = testLanes({ devices: ['cpu'] })
  await assert.rejects(
    lanes.use(never, () => Promise.reject(new Error('the run broke'))),
    /the run broke/,
  )
  assert.equal(await inGpu(lanes, async () => 'free'), 'free')
})

test('closing waits for the task that runs and for those that wait behind it', async () => {
  const lanes = testLanes({ devices: ['cpu'] })
  const ended: string[] = []
  const working = gate()
  const runs = inGpu(lanes, async gpu => {
    const first = call(gpu, Work, { steps: 20 }, { progress: () => working.open() }).then(() => ended.push('first'))
    await Promise.all([first, call(gpu, Work, { steps: 3 }).then(() => ended.push('second'))])
  })
  await working.opened
  await lanes.close().then(() => ended.push('closed'))
  await runs
  assert.deepEqual(ended.slice(0, 2), ['first', 'second'])
  assert.equal(ended.length, 3)
  await assert.rejects(inGpu(lanes, where), /The lane is closed; start a new one to run more nodes\./)
})

test('a large picture is moved from the thread, not copied', async () => {
  await testLanes().use(never, async ({ cpu }) => {
    const painted = await call(cpu, Paint, { bytes: 12_000_000, grey: 9 })
    const { pixels } = painted.outputs.picture as { pixels: Uint8Array }
    assert.equal(pixels.byteLength, pixels.buffer.byteLength)
    assert.equal(
      pixels.every(value => value === 9),
      true,
    )
    const negated = await call(cpu, Negate, painted.outputs)
    assert.equal((negated.outputs.picture as { pixels: Uint8Array }).pixels[11_999_999], 246)
    assert.equal(pixels.byteLength, 12_000_000, 'the input stays with the caller, whose cache holds it too')
  })
})

test('a view on part of a buffer, and two views on one, cross whole', async () => {
  await inGpu(testLanes(), async gpu => {
    const whole = new Uint8Array(200_000).map((_, place) => place % 251)
    for (const pixels of [whole.subarray(1000, 150_000), whole]) {
      const { outputs } = await call(gpu, Pass, { picture: { pixels, same: pixels, part: pixels.subarray(5, 10) } })
      const picture = outputs.picture as Record<'pixels' | 'same' | 'part', Uint8Array>
      assert.deepEqual(picture.pixels, pixels)
      assert.deepEqual(picture.same, pixels)
      assert.deepEqual(picture.part, pixels.subarray(5, 10))
    }
  })
})

test('what cannot cross between threads is refused in a sentence, both ways', async () => {
  await inGpu(testLanes({ devices: ['cpu'] }), async gpu => {
    const before = await where(gpu)
    await assert.rejects(call(gpu, MakeFunction), /could not be cloned/)
    await assert.rejects(call(gpu, Pass, { picture: () => {} }), /could not be cloned/)
    assert.equal((await where(gpu)).thread, before.thread, 'the thread lives on')
  })
})

test('a node type that a thread does not have is named', async () => {
  const stranger: NodeDefinition = { ...Work, type: 'Stranger' } as unknown as NodeDefinition
  await assert.rejects(
    inGpu(testLanes(), gpu => call(gpu, stranger)),
    /Node type "Stranger" is not loaded in this lane\./,
  )
})

test('nodes that cannot be loaded fail the task, again and again, and never the thread', async () => {
  const folder = passingFolder()
  const lanes = openLanes({ modules: ['file:///nowhere/nodes.js'], folder, artifacts: folder, threads: 1 })
  await inGpu(lanes, async gpu => {
    gpu.prepare()
    for (let time = 0; time < 3; time++) await assert.rejects(call(gpu, Work, { steps: 1 }), /Cannot find module/)
  })
  await lanes.close()
})

test('a thread that ends while it has no task is told of in a warning, and the next task gets another', async t => {
  // Nothing else keeps the process while a thread without a task ends.
  const staying = setInterval(() => {}, 1000)
  t.after(() => clearInterval(staying))
  const warned = once(process, 'warning')
  await inGpu(testLanes({ devices: ['cpu'] }), async gpu => {
    const before = await where(gpu)
    assert.deepEqual((await call(gpu, ThrowLater)).outputs, { value: 1 })
    assert.match(String((await warned)[0]), /A thread of a lane ended and is replaced: too late/)
    const after = await where(gpu)
    assert.notEqual(after.thread, before.thread)
  })
})

test('the main lane lets other work go on while a node waits, and meets cancellation in progress', async () => {
  await testLanes().use(never, async ({ main }) => {
    const cancellation = new AbortController()
    const work = call(main, Work, { steps: 1e6, ms: 1 }, { signal: cancellation.signal })
    await sleep(3)
    cancellation.abort()
    await assert.rejects(work, isCancellation)
    const { outputs } = await call(main, WhereAmI)
    assert.equal(outputs.thread, 0)
  })
})
