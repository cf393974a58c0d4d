import { defineNode } from '../../engine/node.js'
import { integer } from '../../engine/port.js'

/** Where chance begins: the same seed gives the same result. */
export const SeedNode = defineNode({
  type: 'Seed',
  version: 1,
  category: 'flow',
  description: 'Where chance begins: the same seed gives the same result.',
  lane: 'main',
  inputs: { seed: integer({ default: 0, min: 0, max: Number.MAX_SAFE_INTEGER }) },
  outputs: { seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }) },
  run: ({ seed }) => ({ seed }),
})
