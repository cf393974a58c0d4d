import { setTimeout as sleep } from 'node:timers/promises'
import {
  choice,
  defineNode,
  float,
  integer,
  lazy,
  list,
  type NodePack,
  optional,
  port,
  text,
  toggle,
} from '../../engine/index.js'

/** The tests' own picture: large enough to be worth moving between threads. */
export interface Picture {
  readonly pixels: Uint8Array
}

const base = { version: 1, category: 'test', lane: 'main' } as const
const picture = port<Picture>('PICTURE')

/** Makes a whole number. */
export const Count = defineNode({
  ...base,
  type: 'Count',
  description: 'A whole number.',
  inputs: { value: integer({ default: 0, min: -1_000_000, max: 1_000_000 }) },
  outputs: { value: integer() },
  run: ({ value }) => ({ value }),
})

/** Adds two whole numbers; the no-op of the benchmarks. */
export const Add = defineNode({
  ...base,
  type: 'Add',
  description: 'The sum of two whole numbers.',
  inputs: { a: integer(), b: integer({ default: 1 }) },
  outputs: { sum: integer() },
  run: ({ a, b }) => ({ sum: a + b }),
})

/** Adds in a thread. */
export const AddInThread = defineNode({ ...Add, type: 'AddInThread', lane: 'cpu' })

/** Adds up a whole list. */
export const Total = defineNode({
  ...base,
  type: 'Total',
  description: 'The sum of a list.',
  inputs: { of: list(integer()) },
  outputs: { sum: integer() },
  run: ({ of }) => ({ sum: of.reduce((sum, value) => sum + value, 0) }),
})

/** Counts from 0; a node that makes a list. */
export const Range = defineNode({
  ...base,
  type: 'Range',
  description: 'The numbers from 0 on.',
  inputs: { length: integer({ min: 0, max: 1_000_000 }) },
  outputs: { values: list(integer()) },
  run: ({ length }) => ({ values: Array.from({ length }, (_, value) => value) }),
})

/** A sink of anything. */
export const Keep = defineNode({
  ...base,
  type: 'Keep',
  description: 'Keeps what it is given.',
  sink: true,
  inputs: { value: port('*') },
  outputs: { value: port('*') },
  run: ({ value }) => ({ value }),
})

/** A sink of a whole list. */
export const KeepAll = defineNode({
  ...base,
  type: 'KeepAll',
  description: 'Keeps a list.',
  sink: true,
  inputs: { values: list(port('*')) },
  outputs: { values: list(port('*')) },
  run: ({ values }) => ({ values }),
})

/** A sink that can do without its value. */
export const KeepIfAny = defineNode({
  ...base,
  type: 'KeepIfAny',
  description: 'Keeps what it is given, if anything.',
  sink: true,
  inputs: { value: optional(integer()) },
  outputs: { value: optional(integer()) },
  run: ({ value }) => ({ value }),
})

/** One of two values, asking only for the one that it wants. */
export const Choose = defineNode({
  ...base,
  type: 'Choose',
  description: 'One of two values.',
  inputs: { first: toggle({ default: true }), a: lazy(integer()), b: lazy(integer()) },
  outputs: { value: integer() },
  needs: ({ first }) => [first ? 'a' : 'b'],
  run: ({ first, a, b }) => ({ value: (first ? a : b) ?? -1 }),
})

/** One input of each written type. */
export const Settings = defineNode({
  ...base,
  type: 'Settings',
  description: 'Every kind of written value.',
  sink: true,
  inputs: {
    size: integer({ default: 1, min: 0, max: 512 }),
    strength: float({ default: 0.5, min: 0, max: 1 }),
    prompt: text({ default: '' }),
    on: toggle({ default: false }),
    mode: choice(['soft', 'hard'], { default: 'soft' }),
    picture: optional(picture),
  },
  outputs: { report: text() },
  run: inputs => ({ report: JSON.stringify(inputs) }),
})

/** Always throws. */
export const Fail = defineNode({
  ...base,
  type: 'Fail',
  description: 'Fails on purpose.',
  inputs: { message: text({ default: 'on purpose' }), a: optional(integer()) },
  outputs: { value: integer() },
  run: ({ message }) => {
    throw new Error(message)
  },
})

/** Throws in a thread. */
export const FailInThread = defineNode({ ...Fail, type: 'FailInThread', lane: 'gpu' })

/** A grey picture of `bytes` bytes. */
export const Paint = defineNode({
  ...base,
  type: 'Paint',
  lane: 'cpu',
  description: 'A picture of one grey.',
  inputs: { bytes: integer(), grey: integer({ default: 128 }) },
  outputs: { picture },
  run: ({ bytes, grey }) => ({ picture: { pixels: new Uint8Array(bytes).fill(grey) } }),
})

/** Turns a picture into its negative. */
export const Negate = defineNode({
  ...base,
  type: 'Negate',
  lane: 'cpu',
  description: 'The negative of a picture.',
  inputs: { picture },
  outputs: { picture },
  run: ({ picture }) => ({ picture: { pixels: picture.pixels.map(value => 255 - value) } }),
})

/** Hands a picture on without touching it: what crossing to a thread and back costs. */
export const Pass = defineNode({
  ...base,
  type: 'Pass',
  lane: 'gpu',
  description: 'The same picture.',
  inputs: { picture },
  outputs: { picture },
  run: ({ picture }) => ({ picture }),
})

/** Works in small steps, telling of each, until it is done or cancelled. */
export const Work = defineNode({
  ...base,
  type: 'Work',
  lane: 'gpu',
  description: 'Works for some steps.',
  inputs: { steps: integer(), ms: integer({ default: 2 }) },
  outputs: { steps: integer() },
  run: async ({ steps, ms }, { progress, log, warn }) => {
    log(`begins ${steps} steps`)
    for (let step = 1; step <= steps; step++) {
      await sleep(ms)
      progress(step, steps)
    }
    warn('worked hard')
    return { steps }
  },
})

/** As `Work`, but never yields to its event loop: only `progress` can meet the cancellation. */
export const WorkBlocking = defineNode({
  ...base,
  type: 'WorkBlocking',
  lane: 'gpu',
  description: 'Works for some steps without yielding.',
  inputs: { steps: integer(), ms: integer({ default: 2 }) },
  outputs: { steps: integer() },
  run: ({ steps, ms }, { progress }) => {
    for (let step = 1; step <= steps; step++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
      progress(step, steps)
    }
    return { steps }
  },
})

/** Tells which thread it ran in, on which device, and how often that thread made the kept thing. */
export const WhereAmI = defineNode({
  ...base,
  type: 'WhereAmI',
  lane: 'gpu',
  description: 'Where a node runs.',
  inputs: { question: integer({ default: 0 }) },
  outputs: { thread: integer(), device: text(), uses: integer() },
  run: async (_, { device, keep }) => {
    const { threadId: thread } = await import('node:worker_threads')
    const kept = keep('uses', () => ({ count: 0 }))
    return { thread, device, uses: ++kept.count }
  },
})

/** Makes what cannot cross from a thread. */
export const MakeFunction = defineNode({
  ...base,
  type: 'MakeFunction',
  lane: 'gpu',
  description: 'A value that cannot be cloned.',
  inputs: {},
  outputs: { value: port<() => void>('FUNCTION') },
  run: () => ({ value: () => {} }),
})

/** Answers at once, and throws when nobody listens any more. */
export const ThrowLater = defineNode({
  ...base,
  type: 'ThrowLater',
  lane: 'gpu',
  description: 'Fails after its end.',
  inputs: {},
  outputs: { value: integer() },
  run: () => {
    setTimeout(() => {
      throw new Error('too late')
    }, 20)
    return { value: 1 }
  },
})

/** Fails as a web request that was given up fails, although nobody cancelled the run. */
export const GiveUpAt = defineNode({
  ...base,
  type: 'GiveUpAt',
  description: 'Fails with an AbortError of its own at one value.',
  inputs: { value: integer(), at: integer() },
  outputs: { value: integer() },
  run: ({ value, at }) => {
    if (value === at) throw new DOMException('The request was given up.', 'AbortError')
    return { value }
  },
})

/** All nodes of the tests, for registries and for threads that load this module. */
export const pack: NodePack = {
  name: 'test',
  nodes: [
    Count,
    Add,
    AddInThread,
    Total,
    Range,
    Keep,
    KeepAll,
    KeepIfAny,
    Choose,
    Settings,
    Fail,
    FailInThread,
    Paint,
    Negate,
    Pass,
    Work,
    WorkBlocking,
    WhereAmI,
    MakeFunction,
    ThrowLater,
    GiveUpAt,
  ],
}
