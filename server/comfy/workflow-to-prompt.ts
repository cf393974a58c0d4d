import { InvalidWorkflow, type Issue } from '../../engine/errors.js'
import { expand } from '../../engine/expand.js'
import { own } from '../../engine/own.js'
import type { Registry } from '../../engine/registry.js'
import { createResolver, type Resolver } from '../../engine/resolve.js'
import { suggest } from '../../engine/suggest.js'
import type { Link, Workflow } from '../../engine/workflow.js'
import { type ComfyInput, type ComfyNode, type ComfyNodes, comfyNodes } from './comfy-names.js'
import { displayName } from './object-info.js'
import type { Prompt, PromptLink, PromptNode } from './prompt.js'

/**
 * The workflow as ComfyUI's API prompt: components opened, what is muted left out, what is bypassed seen through.
 * @throws InvalidWorkflow with every fault that keeps it from being written.
 */
export function workflowToPrompt(workflow: Workflow, registry: Registry): Prompt {
  const graph = expand(workflow)
  const resolver = createResolver(graph, workflow, registry)
  const nodes = comfyNodes(registry)
  const issues: Issue[] = [...graph.issues]
  const ids = promptIds(resolver)
  const entries: [string, PromptNode][] = []
  for (const [id, promptId] of ids) {
    const type = resolver.node(id)?.type ?? ''
    const known = nodes(type)
    if (known) entries.push([promptId, promptNode(id, known, { resolver, ids, nodes, issues })])
    else if (!resolver.isReported(id)) issues.push(unknownNode(id, type, registry))
  }
  if (issues.length > 0) throw new InvalidWorkflow(issues)
  return Object.fromEntries(entries)
}

/** The issue of a node whose definition is needed and absent. */
export const unknownNode = (node: string, type: string, registry: Registry): Issue => ({
  code: 'unknown-node',
  node,
  message: `Node "${node}" is of type "${type.slice(0, 100)}", which is not installed, so its slots are not known.${suggest(type.slice(0, 100), registry.types)}`,
})

/** 'outer/inner' is written 'outer:inner', as ComfyUI writes nodes inside subgraphs. */
function promptIds(resolver: Resolver): ReadonlyMap<string, string> {
  const ids = new Map<string, string>()
  const taken = new Set<string>()
  for (const id of resolver.ids()) {
    if (!resolver.runs(id)) continue
    let name = id.replaceAll('/', ':')
    while (taken.has(name)) name += '_'
    taken.add(name)
    ids.set(id, name)
  }
  return ids
}

interface Surroundings {
  readonly resolver: Resolver
  readonly ids: ReadonlyMap<string, string>
  readonly nodes: ComfyNodes
  readonly issues: Issue[]
}

function promptNode(id: string, { definition, inputs }: ComfyNode, surroundings: Surroundings): PromptNode {
  const promptId = surroundings.ids.get(id) ?? id
  return {
    class_type: definition.type,
    inputs: Object.fromEntries(inputs.flatMap(input => written(id, input, surroundings))),
    _meta: { title: /^\d+$/.test(promptId) ? displayName(definition.type) : promptId },
  }
}

function written(id: string, input: ComfyInput, surroundings: Surroundings): [string, unknown][] {
  const { resolver, issues } = surroundings
  const source = resolver.source(id, input.ours, issues)
  if (source?.links) {
    const links = source.links.map(link => promptLink(link, id, input, surroundings))
    return source.isGathered
      ? links.map((link, index) => [`${input.name}.${index}`, link])
      : links.map(link => [input.name, link])
  }
  if (source?.values) {
    const isList = Array.isArray(own(resolver.node(id)?.inputs, input.ours))
    return [[input.name, isList ? { __value__: source.values } : source.values[0]]]
  }
  return input.unwritten === undefined ? [] : [[input.name, input.unwritten]]
}

function promptLink({ node, output }: Link, id: string, input: ComfyInput, surroundings: Surroundings): PromptLink {
  const { resolver, ids, nodes, issues } = surroundings
  const type = resolver.node(node)?.type ?? ''
  const slot = nodes(type)?.outputs.findIndex(({ ours }) => ours === output) ?? 0
  if (slot < 0) {
    const message = `Input "${input.ours}" of node "${id}" is linked to "${node}.${output}", but ${type} has no output "${output}".`
    issues.push({ code: 'unknown-output', node: id, input: input.ours, message })
  }
  return [ids.get(node) ?? node, slot]
}
