import { InvalidWorkflow, type Issue } from '../../engine/errors.js'
import { own } from '../../engine/own.js'
import type { Registry } from '../../engine/registry.js'
import { suggest } from '../../engine/suggest.js'
import type { Input, Link, Workflow, WorkflowNode } from '../../engine/workflow.js'
import { type ComfyInput, type ComfyNodes, comfyNodes } from './comfy-names.js'
import { isPromptLink, type Prompt, type PromptLink } from './prompt.js'
import { readPrompt } from './prompt-to-workflow.js'
import { gathered, toOurs } from './to-ours.js'

/**
 * The workflow that an API prompt is, whole and unchecked, to be looked at and edited; `promptToWorkflow` is for running.
 * @throws InvalidWorkflow when a node is not known, for then its outputs have no names.
 */
export function importPrompt(document: unknown, registry: Registry): Workflow {
  const read = readPrompt(document, registry)
  if ('error' in read) throw new InvalidWorkflow([{ code: 'malformed', message: read.error.message }])
  const nodes = comfyNodes(registry)
  const issues: Issue[] = []
  const entries = Object.entries(read.prompt).map(([id, { class_type, inputs }]) => {
    const linkOf = (link: PromptLink, name: string) => importLink(link, read.prompt, nodes, issues, { id, name })
    const known = nodes(class_type)?.inputs ?? []
    const found = known.flatMap(input => {
      const value = importInput(input, inputs, class_type, linkOf)
      return value === undefined ? [] : [[input.ours, value] as const]
    })
    return [id, nodeOf(class_type, found)] as const
  })
  if (issues.length > 0) throw new InvalidWorkflow(issues)
  return { version: 1, nodes: Object.fromEntries(entries) }
}

/** A node of our document; without inputs it has none to say. */
export const nodeOf = (type: string, inputs: readonly (readonly [string, Input])[]): WorkflowNode =>
  inputs.length > 0 ? { type, inputs: Object.fromEntries(inputs) } : { type }

function importInput(
  input: ComfyInput,
  inputs: Readonly<Record<string, unknown>>,
  type: string,
  linkOf: (link: PromptLink, name: string) => Link | undefined,
): Input | undefined {
  const raw = own(inputs, input.name) ?? own(inputs, input.ours)
  if (isPromptLink(raw)) return linkOf(raw, input.name)
  if (raw !== undefined || !input.port.list) return Array.isArray(raw) ? undefined : toOurs(raw, input, type)
  const links = gathered(input.name, Object.entries(inputs)).filter(isPromptLink)
  return links.length > 0 ? links.flatMap(link => linkOf(link, input.name) ?? []) : undefined
}

function importLink(
  [node, slot]: PromptLink,
  prompt: Prompt,
  nodes: ComfyNodes,
  issues: Issue[],
  { id, name }: { readonly id: string; readonly name: string },
): Link | undefined {
  const type = own(prompt, node)?.class_type
  const output = type === undefined ? undefined : nodes(type)?.outputs[slot]
  if (output) return { node, output: output.ours }
  const place = `Input "${name}" of node "${id}"`
  const message =
    type === undefined
      ? `${place} is linked to node "${node}", which the prompt does not have.${suggest(node, Object.keys(prompt).slice(0, 100))}`
      : `${place} is linked to output ${slot} of node "${node}" (${type}), which has no such output.`
  issues.push({ code: type === undefined ? 'dangling-link' : 'unknown-output', node: id, input: name, message })
  return undefined
}
