import { isWritten } from '../../engine/check.js'
import type { Input, Literal } from '../../engine/workflow.js'
import { coerce } from './coerce.js'
import type { ComfyInput } from './comfy-names.js'
import { parsePrefix } from './file-names.js'
import { unwrap } from './prompt.js'

/**
 * A value of a ComfyUI document as our document holds it; nothing if it can hold no such value. What is of the wrong
 * type stays as it is, for the one who imported it to see and mend.
 */
export function toOurs(raw: unknown, input: ComfyInput, type: string): Literal | undefined {
  const value = unwrap(raw)
  if (Array.isArray(value)) {
    const items = value.map(item => toOurs(item, input, type))
    return items.every(item => item !== undefined) ? items : undefined
  }
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined
  if (!isWritten(input.port) || input.type === 'COMBO') return value
  const coerced = coerce(value, input.type)
  if ('reason' in coerced) return value
  if (isPrefix(input, type)) return parsePrefix(String(coerced.value))?.name ?? 'ComfyUI'
  return coerced.value
}

/** Whether an input takes ComfyUI's prefix of file names, of which our node takes the name only. */
export const isPrefix = ({ ours }: ComfyInput, type: string): boolean => type === 'SaveImage' && ours === 'name'

/** Several links into one input are written 'name.0', 'name.1', …, as ComfyUI's inputs that grow are. */
export function gathered<T>(name: string, entries: Iterable<readonly [string, T]>): T[] {
  const found: { readonly number: number; readonly value: T }[] = []
  for (const [key, value] of entries) {
    const number = key.startsWith(`${name}.`) ? key.slice(name.length + 1) : ''
    if (/^\d{1,6}$/.test(number)) found.push({ number: Number(number), value })
  }
  return found.sort((a, b) => a.number - b.number).map(({ value }) => value)
}

/** The inputs of a node by name, where `name.0` and so on stand for a list. */
export type OurInputs = Readonly<Record<string, Input>>
