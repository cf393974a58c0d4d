import { setTimeout as sleep } from 'node:timers/promises'
import { defineNode, integer, type NodePack, optional, port, text, toggle } from '../../engine/index.js'

/** One grey pixel. */
const PIXEL = Uint8Array.from(
  Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==', 'base64'),
)

const base = { version: 1, category: 'test', lane: 'main' } as const

/** Waits for some steps, telling of each; with a picture of the work if asked. */
export const Wait = defineNode({
  ...base,
  type: 'Wait',
  description: 'Waits.',
  sink: true,
  inputs: {
    ms: integer({ default: 20, min: 0, max: 60_000 }),
    steps: integer({ default: 10, min: 1, max: 100_000 }),
    previews: toggle({ default: false }),
    salt: integer({ default: 0 }),
    after: optional(port('*')),
  },
  outputs: { steps: integer() },
  run: async ({ ms, steps, previews }, { progress, signal }) => {
    for (let step = 1; step <= steps; step++) {
      await sleep(ms, undefined, { signal })
      progress(step, steps, previews ? { mime: 'image/png', bytes: PIXEL } : undefined)
    }
    return { steps }
  },
})

/** Hands a number on, and keeps it. */
export const Echo = defineNode({
  ...base,
  type: 'Echo',
  description: 'Says what it was told.',
  sink: true,
  inputs: { value: integer({ default: 0 }) },
  outputs: { value: integer() },
  run: ({ value }) => ({ value }),
})

/** Hands a number on, one more. */
export const Increment = defineNode({
  ...base,
  type: 'Increment',
  description: 'Adds one.',
  inputs: { value: integer({ default: 0 }) },
  outputs: { value: integer() },
  run: ({ value }) => ({ value: value + 1 }),
})

/** Fails, or ends the whole process, as native code does. */
export const Fail = defineNode({
  ...base,
  type: 'Fail',
  description: 'Fails.',
  sink: true,
  inputs: {
    message: text({ default: 'It failed on purpose.' }),
    abort: toggle({ default: false }),
    /** Aborts only if this file is not there yet, and makes it. */
    once: text({ default: '' }),
    after: optional(port('*')),
  },
  outputs: { value: integer() },
  run: async ({ message, abort, once }) => {
    if (!abort) throw new Error(message)
    const { existsSync, writeFileSync } = await import('node:fs')
    if (once !== '' && existsSync(once)) return { value: 1 }
    if (once !== '') writeFileSync(once, '')
    await sleep(20)
    process.abort()
  },
})

export const pack: NodePack = { name: 'test', nodes: [Wait, Echo, Increment, Fail] }

/** This module, as a server is told of it. */
export const SLOW_NODES = import.meta.url
