import { createRegistry, defineNode, type NodeDefinition, optional, port, text } from '../../../../engine/index.js'
import { choice, float, integer, list, toggle } from '../../../../engine/port.js'
import { pack } from '../../../../nodes/index.js'
import {
  type Accepted,
  type PromptSurroundings,
  promptToWorkflow,
  type Rejected,
} from '../../../../server/comfy/prompt-to-workflow.js'

const base = { version: 1, category: 'test', lane: 'main', description: 'A test node.' } as const

/** One input of each written type, in the ranges of ComfyUI's own validation tests. */
export const Values = defineNode({
  ...base,
  type: 'Values',
  sink: true,
  inputs: {
    whole: optional(integer({ min: 0, max: 10 })),
    real: optional(float({ min: -1, max: 1 })),
    words: optional(text()),
    on: optional(toggle()),
    mode: optional(choice(['a', 'b'])),
    many: optional(choice(Array.from({ length: 25 }, (_, number) => `word ${number}`))),
    wholes: optional(list(integer())),
    any: optional(port('*')),
    free: optional(integer()),
  },
  outputs: { whole: integer(), real: float(), words: text(), mode: choice(['a', 'b']) },
  run: () => ({ whole: 1, real: 1, words: '', mode: 'a' as const }),
})

/** Needs a whole number and passes it on. */
export const Pass = defineNode({
  ...base,
  type: 'Pass',
  inputs: { value: integer() },
  outputs: { value: integer(), text: text() },
  run: ({ value }) => ({ value, text: '' }),
})

/** An output that needs a whole number. */
export const Keep = defineNode({
  ...base,
  type: 'Keep',
  sink: true,
  inputs: { value: integer() },
  outputs: {},
  run: () => ({}),
})

/** A file, and behind it another value. */
export const Picture = defineNode({
  ...base,
  type: 'Picture',
  sink: true,
  inputs: { file: text({ upload: 'image' }), note: text({ default: '' }) },
  outputs: {},
  run: () => ({}),
})

/** Makes a number of each kind. */
export const Stubs = defineNode({
  ...base,
  type: 'Stubs',
  inputs: {},
  outputs: { int: integer(), float: float(), image: port('IMAGE'), mask: port('MASK'), any: port('*') },
  run: () => ({ int: 1, float: 1, image: 1, mask: 1, any: 1 }),
})

/** Takes what may be of two types. */
export const Either = defineNode({
  ...base,
  type: 'Either',
  sink: true,
  inputs: { input: port('IMAGE,FLOAT') },
  outputs: {},
  run: () => ({}),
})

/** A node whose description cannot be told, as a careless plugin's. */
export const Broken = {
  ...base,
  type: 'Broken',
  outputs: { value: integer() },
  get inputs(): never {
    throw new Error('the plugin is broken')
  },
  run: () => ({ value: 1 }),
} as unknown as NodeDefinition

/** A broken output. */
export const BrokenSink = {
  ...base,
  type: 'BrokenSink',
  sink: true,
  outputs: {},
  get inputs(): never {
    throw new Error('the plugin is broken')
  },
  run: () => ({}),
} as unknown as NodeDefinition

/** Our nodes and those of these tests. */
export const registry = createRegistry([
  pack,
  { name: 'tests', nodes: [Values, Pass, Keep, Picture, Stubs, Either, Broken, BrokenSink] },
])

/** A node of a prompt. */
export const node = (class_type: string, inputs: Record<string, unknown> = {}, title?: string) => ({
  class_type,
  inputs,
  ...(title === undefined ? {} : { _meta: { title } }),
})

/** The only file of these tests. */
export const FILE = `${'ab'.repeat(32)}.png`

/** Translates a prompt of a caller who has one input file, 'photo.png'. */
export const translate = (prompt: unknown, more: Partial<PromptSurroundings> = {}): Promise<Accepted | Rejected> =>
  promptToWorkflow(prompt, {
    registry,
    inputFiles: ['photo.png'],
    file: ({ folder, subfolder, name }) =>
      folder === 'input' && subfolder === '' && name === 'photo.png' ? FILE : undefined,
    ...more,
  })

/** 'type input' of every fault of a node. */
export const faultsOf = ({ nodeErrors }: Accepted | Rejected, id: string): string[] =>
  (nodeErrors[id]?.errors ?? []).map(({ type, extra_info }) => `${type} ${extra_info.input_name ?? ''}`.trim())
