import { isWritten } from '../../engine/check.js'
import { own } from '../../engine/own.js'
import type { Literal } from '../../engine/workflow.js'
import { coerce } from './coerce.js'
import type { ComfyInput } from './comfy-names.js'
import { parsePrefix } from './file-names.js'
import { choicesOf } from './input-spec.js'
import {
  badLinkedInput,
  biggerThanMax,
  customValidationFailed,
  invalidInputType,
  notInList,
  type PromptError,
  requiredInputMissing,
  smallerThanMin,
} from './node-errors.js'
import { isPromptLink, isWrapped, type PromptLink, unwrap, wrap } from './prompt.js'
import { gathered, isPrefix } from './to-ours.js'

/** What one input of a prompt's node holds. */
export type Checked =
  | { readonly kind: 'absent' }
  | { readonly kind: 'fault'; readonly fault: PromptError }
  | { readonly kind: 'links'; readonly links: readonly PromptLink[]; readonly isGathered: boolean }
  /** `value` is for the workflow, `kept` for the prompt that is remembered. */
  | { readonly kind: 'value'; readonly value: Literal; readonly kept: unknown }

/** The files that the caller may name, and what holds each. */
export interface KnownFiles {
  readonly names: readonly string[]
  artifact(name: string): string | undefined
}

/** Reads one declared input by ComfyUI's rules; that links lead to something is for the walk to check. */
export function checkInput(
  input: ComfyInput,
  inputs: Readonly<Record<string, unknown>>,
  type: string,
  files: KnownFiles,
): Checked {
  const raw = own(inputs, input.name) ?? own(inputs, input.ours)
  const at = { input, files: files.names }
  if (raw === undefined || (raw === null && !input.required)) {
    const links = input.port.list ? gathered(input.name, Object.entries(inputs)).filter(isPromptLink) : []
    if (links.length > 0) return { kind: 'links', links, isGathered: true }
    return input.required ? { kind: 'fault', fault: requiredInputMissing(input) } : { kind: 'absent' }
  }
  if (isPromptLink(raw)) return { kind: 'links', links: [raw], isGathered: false }
  if (Array.isArray(raw)) return { kind: 'fault', fault: badLinkedInput(at, raw) }
  return checkValues(unwrap(raw), input, type, files)
}

/** A list runs the node once an item, which ComfyUI has no word for; each item has to pass. */
function checkValues(raw: unknown, input: ComfyInput, type: string, files: KnownFiles): Checked {
  if (!Array.isArray(raw)) return checkValue(raw, raw, input, type, files)
  const values: Literal[] = []
  const kept: unknown[] = []
  for (const item of raw) {
    const checked =
      Array.isArray(item) || isWrapped(item) ? nested(item, input) : checkValue(item, raw, input, type, files)
    if (checked.kind !== 'value') return checked
    values.push(checked.value)
    kept.push(checked.kept)
  }
  return { kind: 'value', value: values, kept: wrap(kept) }
}

const nested = (item: unknown, input: ComfyInput): Checked => ({
  kind: 'fault',
  fault: invalidInputType({ input, files: [] }, item, 'a list inside a list is no value'),
})

function checkValue(value: unknown, received: unknown, input: ComfyInput, type: string, files: KnownFiles): Checked {
  const at = { input, files: files.names }
  const refuse = (fault: PromptError): Checked => ({ kind: 'fault', fault })
  if (input.port.upload) return checkFile(value, input, files)
  if (!isWritten(input.port)) {
    return refuse(invalidInputType(at, received, `a ${input.type} cannot be written, only linked`))
  }
  const choices = choicesOf(input, files.names)
  if (choices) {
    if (typeof value !== 'string' || !choices.includes(value)) return refuse(notInList(at, received, value))
    return { kind: 'value', value, kept: value }
  }
  const coerced = coerce(value, input.type)
  if ('reason' in coerced) return refuse(invalidInputType(at, received, coerced.reason))
  const fault = typeof coerced.value === 'number' ? outOfRange(at, received, coerced.value) : undefined
  if (fault) return refuse(fault)
  if (isPrefix(input, type)) return checkPrefix(coerced.value as string, input)
  return { kind: 'value', value: coerced.value, kept: coerced.value }
}

/** A whole number beyond 2^53 has lost digits in JSON already: it is refused rather than run as another seed. */
function outOfRange(
  at: { input: ComfyInput; files: readonly string[] },
  received: unknown,
  value: number,
): PromptError | undefined {
  const { port, type } = at.input
  const limit = type === 'INT' ? Number.MAX_SAFE_INTEGER : Number.POSITIVE_INFINITY
  const min = Math.max(port.min ?? Number.NEGATIVE_INFINITY, -limit)
  const max = Math.min(port.max ?? Number.POSITIVE_INFINITY, limit)
  if (value < min) return smallerThanMin(at, received, value, min)
  return value > max ? biggerThanMax(at, received, value, max) : undefined
}

function checkFile(value: unknown, input: ComfyInput, files: KnownFiles): Checked {
  const refuse = (text: string): Checked => ({ kind: 'fault', fault: customValidationFailed(input.name, text) })
  if (typeof value !== 'string' || value === '') {
    return refuse('No image is chosen; upload one (POST /upload/image) and provide its name.')
  }
  const artifact = files.artifact(value)
  if (artifact === undefined) return refuse(`Invalid image file: ${value.slice(0, 200)}`)
  return { kind: 'value', value: artifact, kept: value }
}

/** Folder and counter of the saved name are the door's; our node takes a plain name. */
function checkPrefix(prefix: string, input: ComfyInput): Checked {
  const parsed = parsePrefix(prefix)
  if (parsed) return { kind: 'value', value: parsed.name, kept: prefix }
  const text = 'Saving outside the output folder is not allowed; give a prefix without ".." and leading slash.'
  return { kind: 'fault', fault: customValidationFailed(input.name, text) }
}
