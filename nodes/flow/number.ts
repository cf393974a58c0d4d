import { defineNode } from '../../engine/node.js'
import { float, integer } from '../../engine/port.js'

/** A number that several nodes share. */
export const NumberNode = defineNode({
  type: 'Number',
  version: 1,
  category: 'flow',
  description: 'A number that several nodes share, as it is and rounded.',
  lane: 'main',
  inputs: { number: float({ default: 0 }) },
  outputs: { number: float(), integer: integer({ hint: 'Rounded, halves up' }) },
  run: ({ number }) => ({ number, integer: Math.round(number) }),
})
