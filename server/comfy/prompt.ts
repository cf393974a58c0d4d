/** ComfyUI's API prompt: nodes by id, inputs by name. */
export type Prompt = Readonly<Record<string, PromptNode>>

export interface PromptNode {
  readonly class_type: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly _meta?: { readonly title?: string }
}

/** A link as a prompt writes it: the node above, and which of its outputs, counted from 0. */
export type PromptLink = readonly [node: string, slot: number]

/** Whether an input is a link; every other bare array is a fault. */
export const isPromptLink = (value: unknown): value is PromptLink =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'number'

/** An array that is a value, not a link, is wrapped; this is what is inside. */
export const unwrap = (value: unknown): unknown => (isWrapped(value) ? value.__value__ : value)

export const isWrapped = (value: unknown): value is { readonly __value__: unknown } =>
  isRecord(value) && Object.hasOwn(value, '__value__')

/** The value as a prompt may hold it. */
export const wrap = (value: unknown): unknown => (Array.isArray(value) ? { __value__: value } : value)

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Names that no record of ours may have: they mean something to JavaScript. */
export const isForbiddenKey = (key: string): boolean =>
  key === '__proto__' || key === 'constructor' || key === 'prototype'

/** Whether an id can be a node's in a workflow of ours, where a slash is left to the nodes inside components. */
export const isNodeId = (id: string): boolean => id !== '' && !id.includes('/') && !isForbiddenKey(id)

/** Deeper nesting than this is no document of ComfyUI's, and would overflow the stack of whoever writes it again. */
const MAX_DEPTH = 100

/** Whether a document nests deeper than any honest one. */
export function isTooDeep(document: unknown): boolean {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value: document, depth: 0 }]
  for (let item = open.pop(); item; item = open.pop()) {
    const { value, depth } = item
    if (typeof value !== 'object' || value === null) continue
    if (depth > MAX_DEPTH) return true
    for (const inner of Object.values(value)) open.push({ value: inner, depth: depth + 1 })
  }
  return false
}
