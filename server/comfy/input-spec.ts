import { isWritten } from '../../engine/check.js'
import type { ComfyInput } from './comfy-names.js'

/** An input in /object_info: its type, or the words to choose from, and its options. */
export type InputSpec = readonly [type: string | readonly string[], options: Readonly<Record<string, unknown>>]

/** What ComfyUI's editor takes where nothing is said is 0 to 2048, which would cut off honest values. */
const LIMIT = Number.MAX_SAFE_INTEGER

/** Names of inputs behind which the editor puts its choice of what to do with the seed after each run. */
const SEEDS = new Set(['seed', 'noise_seed'])

/** Whether a widget of the editor's own follows that says how the value changes after each run. */
export const hasControl = ({ type, name, port }: ComfyInput): boolean => type === 'INT' && SEEDS.has(name) && !port.list

/** Whether the editor shows a field for it, rather than only a slot. */
export const hasWidget = ({ port }: ComfyInput): boolean => isWritten(port) && port.type !== '*' && !port.list

/** The words that an input may hold; none if it is not a choice. */
export function choicesOf({ port }: ComfyInput, files: readonly string[]): readonly string[] | undefined {
  if (port.upload) return files
  return port.type === 'CHOICE' ? (port.choices ?? []) : undefined
}

/** An input as /object_info tells it, in the form of ComfyUI's V1 nodes. */
export function inputSpec(input: ComfyInput, files: readonly string[]): InputSpec {
  const { port, type } = input
  const options: Record<string, unknown> = {}
  if (port.default !== undefined && !port.list) options.default = port.default
  if (type === 'INT' || type === 'FLOAT') {
    options.min = port.min ?? -LIMIT
    options.max = port.max ?? LIMIT
    options.step = port.step ?? (type === 'INT' ? 1 : 0.01)
  }
  if (type === 'STRING') options.multiline = port.multiline === true
  if (port.upload) options.image_upload = true
  if (hasControl(input)) options.control_after_generate = true
  if (port.list && isWritten(port)) options.forceInput = true
  if (port.lazy) options.lazy = true
  if (port.hint) options.tooltip = port.hint
  return [choicesOf(input, files) ?? type, options]
}
