import { defineNode } from '../../engine/node.js'
import { lazy, port, toggle } from '../../engine/port.js'

/** Passes one of two values on; the other is never computed. */
export const SwitchNode = defineNode({
  type: 'Switch',
  version: 1,
  category: 'flow',
  description: 'Passes one of two values on; what only the other needs is not computed.',
  lane: 'main',
  inputs: {
    on: toggle({ default: true, hint: 'Which of the two' }),
    whenTrue: lazy(port('*', { hint: 'The value when on' })),
    whenFalse: lazy(port('*', { hint: 'The value when off' })),
  },
  outputs: { value: port('*') },
  needs: ({ on }) => [on ? 'whenTrue' : 'whenFalse'],
  run: ({ on, whenTrue, whenFalse }) => ({ value: on ? whenTrue : whenFalse }),
})
