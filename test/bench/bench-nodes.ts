import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineNode, integer, type NodePack, port, text } from '../../engine/index.js'

const base = { version: 1, category: 'bench', lane: 'main' } as const

/** Shows pictures of so many bytes; each begins with the moment when it was made, ms since 1970. */
const Show = defineNode({
  ...base,
  type: 'bench/Show',
  description: 'Shows pictures of its work.',
  sink: true,
  volatile: true,
  inputs: { pictures: integer({ min: 1 }), bytes: integer({ min: 8 }), every: integer({ min: 1, hint: 'ms' }) },
  outputs: { pictures: integer() },
  run: async ({ pictures, bytes, every }, { progress }) => {
    for (let step = 1; step <= pictures; step++) {
      await sleep(every)
      const picture = new Uint8Array(bytes)
      new DataView(picture.buffer).setFloat64(0, performance.timeOrigin + performance.now())
      progress(step, pictures, { mime: 'image/jpeg', bytes: picture })
    }
    return { pictures }
  },
})

/** Works for a moment, then writes its name into a file, so that it can be counted how often it ran. */
const Mark = defineNode({
  ...base,
  type: 'bench/Mark',
  description: 'Leaves a mark.',
  sink: true,
  volatile: true,
  inputs: { file: text(), name: text(), ms: integer({ min: 0 }), after: port('*') },
  outputs: { name: text() },
  run: async ({ file, name, ms }) => {
    await sleep(ms)
    appendFileSync(file, `${name}\n`)
    return { name }
  },
})

export const pack: NodePack = { name: 'bench', nodes: [Show, Mark] }
