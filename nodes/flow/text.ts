import { defineNode } from '../../engine/node.js'
import { text } from '../../engine/port.js'

/** A text that several nodes share. */
export const TextNode = defineNode({
  type: 'Text',
  version: 1,
  category: 'flow',
  description: 'A text that several nodes share.',
  lane: 'main',
  inputs: { text: text({ default: '', multiline: true }) },
  outputs: { text: text() },
  run: ({ text }) => ({ text }),
})
