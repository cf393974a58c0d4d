import type { Issue, IssueCode } from '../../engine/errors.js'
import type { ComfyInput, ComfyNodes } from './comfy-names.js'
import { choicesOf, type InputSpec, inputSpec } from './input-spec.js'
import type { Prompt } from './prompt.js'

/** One fault, as ComfyUI tells it. */
export interface PromptError {
  readonly type: string
  readonly message: string
  readonly details: string
  readonly extra_info: Readonly<Record<string, unknown>>
}

/** The faults of one node. */
export interface NodeErrors {
  readonly errors: readonly PromptError[]
  /** The outputs that do not run because of it. */
  readonly dependent_outputs: readonly string[]
  readonly class_type: string
}

export type NodeErrorTable = Readonly<Record<string, NodeErrors>>

/** A fault of the whole prompt. */
export const promptError = (
  type: string,
  message: string,
  details = '',
  extra_info: PromptError['extra_info'] = {},
): PromptError => ({ type, message, details, extra_info })

/** The fault of a prompt whose every output is faulty. */
export function allOutputsFailed(table: NodeErrorTable): PromptError {
  const lines = Object.values(table).flatMap(({ errors }) =>
    errors.map(({ message, details }) => `${message}: ${details}`),
  )
  return promptError('prompt_outputs_failed_validation', 'Prompt outputs failed validation', lines.join('\n'))
}

/** An input at which something is wrong, with the caller's files to tell what it could hold. */
export interface At {
  readonly input: ComfyInput
  readonly files: readonly string[]
}

/** Beyond this many words a list is told by its length. */
const MANY = 20

const config = ({ input, files }: At): InputSpec | null =>
  (choicesOf(input, files)?.length ?? 0) > MANY ? null : inputSpec(input, files)

/** The fault of a required input that is absent. */
export const requiredInputMissing = ({ name }: ComfyInput): PromptError =>
  promptError('required_input_missing', 'Required input is missing', name, { input_name: name })

/** The fault of an array that is no link. */
export const badLinkedInput = (at: At, received: unknown): PromptError =>
  promptError(
    'bad_linked_input',
    'Bad linked input, must be a length-2 list of [node_id, slot_index]',
    at.input.name,
    shown(at, received),
  )

/** The fault of a link between types that do not go together. */
export const returnTypeMismatch = (at: At, received: string, link: unknown): PromptError =>
  promptError(
    'return_type_mismatch',
    'Return type mismatch between linked nodes',
    `${at.input.name}, received_type(${received}) mismatch input_type(${at.input.type})`,
    { input_name: at.input.name, input_config: config(at), received_type: received, linked_node: link },
  )

/** The fault of a value that is not of the input's type and cannot be made so. */
export const invalidInputType = (at: At, received: unknown, reason: string): PromptError =>
  promptError(
    'invalid_input_type',
    `Failed to convert an input value to a ${at.input.type} value`,
    `${at.input.name}, ${quote(received)}, ${reason}`,
    { ...shown(at, received), exception_message: reason },
  )

/** The fault of a number below the least. */
export const smallerThanMin = (at: At, received: unknown, value: number, min: number): PromptError =>
  promptError('value_smaller_than_min', `Value ${value} smaller than min of ${min}`, at.input.name, shown(at, received))

/** The fault of a number above the greatest. */
export const biggerThanMax = (at: At, received: unknown, value: number, max: number): PromptError =>
  promptError('value_bigger_than_max', `Value ${value} bigger than max of ${max}`, at.input.name, shown(at, received))

/** The fault of a word that is not among the choices. */
export function notInList(at: At, received: unknown, value: unknown): PromptError {
  const choices = choicesOf(at.input, at.files) ?? []
  const list = choices.length > MANY ? `(list of length ${choices.length})` : `[${choices.map(quoted).join(', ')}]`
  return promptError(
    'value_not_in_list',
    'Value not in list',
    `${at.input.name}: '${quote(value)}' not in ${list}`,
    shown(at, received),
  )
}

/** The fault that a node's own check finds. */
export const customValidationFailed = (name: string, text: string): PromptError =>
  promptError('custom_validation_failed', 'Custom validation failed for node', `${name} - ${text}`, {
    input_name: name,
  })

/** The fault of nodes that need each other. */
export function dependencyCycle(ids: readonly string[], prompt: Prompt): PromptError {
  const names = [...ids, ids[0] as string].map(id => `${id} (${prompt[id]?.class_type})`)
  // Ten thousand names would hide what it says.
  if (names.length > 20) names.splice(10, names.length - 20, `… ${names.length - 20} more …`)
  return promptError('dependency_cycle', 'Dependency cycle detected', names.join(' -> '), {
    node_id: ids[0],
    cycle_nodes: ids,
  })
}

const shown = (at: At, value: unknown) => ({
  input_name: at.input.name,
  input_config: config(at),
  received_value: value,
})

const quoted = (word: string) => `'${word}'`
const quote = (value: unknown) =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))).slice(0, 200)

const TYPES: Partial<Record<IssueCode, [type: string, message: string]>> = {
  'missing-input': ['required_input_missing', 'Required input is missing'],
  'type-mismatch': ['return_type_mismatch', 'Return type mismatch between linked nodes'],
  'not-a-choice': ['value_not_in_list', 'Value not in list'],
  'dangling-link': ['bad_linked_input', 'Bad linked input, must be a length-2 list of [node_id, slot_index]'],
  cycle: ['dependency_cycle', 'Dependency cycle detected'],
}

/** What the engine finds wrong with a workflow that came as a prompt, as ComfyUI would tell it, by node. */
export function nodeErrorsOf(
  issues: readonly Issue[],
  { prompt, targets }: { readonly prompt: Prompt; readonly targets: readonly string[] },
  nodes: ComfyNodes,
): NodeErrorTable {
  const table = new Map<string, PromptError[]>()
  for (const issue of issues) {
    if (issue.node === undefined || !Object.hasOwn(prompt, issue.node)) continue
    const found = table.get(issue.node)
    const error = errorOf(issue, prompt[issue.node]?.class_type ?? '', nodes)
    if (found) found.push(error)
    else table.set(issue.node, [error])
  }
  return Object.fromEntries(
    [...table].map(([id, errors]) => [
      id,
      { errors, dependent_outputs: targets, class_type: prompt[id]?.class_type ?? '' } satisfies NodeErrors,
    ]),
  )
}

function errorOf({ code, input, message }: Issue, type: string, nodes: ComfyNodes): PromptError {
  const name = nodes(type)?.inputs.find(({ ours }) => ours === input)?.name ?? input
  const [kind, title] = TYPES[code] ?? ['custom_validation_failed', 'Custom validation failed for node']
  return promptError(kind, title, name === undefined ? message : `${name} - ${message}`, {
    ...(name === undefined ? {} : { input_name: name }),
  })
}
