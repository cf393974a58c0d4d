import { InvalidWorkflow, type Issue } from '../../engine/errors.js'
import { own } from '../../engine/own.js'
import type { Registry } from '../../engine/registry.js'
import { type Component, checkWorkflow, type Target, type Workflow } from '../../engine/workflow.js'
import { comfyNodes } from './comfy-names.js'
import { isNodeId, isRecord } from './prompt.js'
import { importPrompt } from './prompt-import.js'
import { COPY, namedCopy } from './ui-copy.js'
import { readUi, type UiDocument, type UiGraph, type UiNode, type UiSubgraph } from './ui-document.js'
import { type ImportSurroundings, importGraph } from './ui-import.js'
import { openScopes } from './ui-scopes.js'
import { uiToPrompt } from './ui-to-prompt.js'

/**
 * The workflow that a file of ComfyUI's editor (0.4 or 1.0) is, to be looked at and edited: subgraphs become
 * components, muted and bypassed nodes stay so. A file with subgraphs that ours cannot express comes without them,
 * their nodes named 'outer:inner'.
 * @throws InvalidWorkflow for what is no such file, and when a node is not known, for then its outputs have no names.
 */
export function uiToWorkflow(document: unknown, registry: Registry): Workflow {
  const ui = readUi(document)
  // Subgraphs that contain themselves are refused here, before they are walked.
  openScopes(ui)
  const workflow = importWhole(ui, registry) ?? importPrompt(uiToPrompt(document, registry), registry)
  return checkWorkflow({ ...restOf(ui, workflow), ...workflow })
}

/** Nothing if a subgraph that is used cannot be a component. */
function importWhole({ graph, subgraphs }: UiDocument, registry: Registry): Workflow | undefined {
  const issues: Issue[] = []
  const surroundings = { nodes: comfyNodes(registry), registry, issues, subgraphs, names: componentNames(subgraphs) }
  const whole = importGraph(graph, nodeIds(graph), surroundings)
  const used = usedSubgraphs(graph, subgraphs)
  const components: [string, Component][] = []
  for (const subgraph of subgraphs.values()) {
    const isUsed = used.has(subgraph.id)
    const faults: Issue[] = []
    const component = importSubgraph(subgraph, { ...surroundings, issues: isUsed ? issues : faults })
    // What nothing uses is kept if it can be, and keeps nothing from being read.
    if (component && faults.length === 0) components.push([surroundings.names.get(subgraph.id) ?? '', component])
    else if (isUsed) return undefined
  }
  if (!whole.isWhole) return undefined
  if (issues.length > 0) throw new InvalidWorkflow(issues)
  return {
    version: 1,
    nodes: whole.nodes,
    ...(components.length > 0 ? { components: Object.fromEntries(components) } : {}),
  }
}

function importSubgraph(subgraph: UiSubgraph, surroundings: ImportSurroundings): Component | undefined {
  const ids = nodeIds(subgraph)
  const { nodes, boundary, outputs, isWhole } = importGraph(subgraph, ids, surroundings, subgraph)
  if (!isWhole || new Set(subgraph.inputs).size < subgraph.inputs.length) return undefined
  const inputs = subgraph.inputs.flatMap((name, slot) => {
    const targets: readonly Target[] = boundary.get(slot) ?? []
    return targets.length > 0 ? [[name, targets] as const] : []
  })
  const copy = own(subgraph.extra, COPY)
  const description = isRecord(copy) ? own(copy, 'description') : undefined
  return {
    ...(typeof description === 'string' ? { description } : {}),
    nodes,
    ...(inputs.length > 0 ? { inputs: Object.fromEntries(inputs) } : {}),
    outputs: Object.fromEntries(outputs),
  }
}

/** Those that some node stands for, found from the document inwards. */
function usedSubgraphs(graph: UiGraph, subgraphs: UiDocument['subgraphs']): ReadonlySet<string> {
  const used = new Set<string>()
  const open: UiGraph[] = [graph]
  // A list that is walked in order meets what is appended on the way.
  for (const { nodes } of open) {
    for (const { type } of nodes.values()) {
      const subgraph = subgraphs.get(type)
      if (!subgraph || used.has(type)) continue
      used.add(type)
      open.push(subgraph)
    }
  }
  return used
}

function componentNames(subgraphs: ReadonlyMap<string, UiSubgraph>): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const { id, name } of subgraphs.values()) {
    let free = isNodeId(name) ? name : 'Subgraph'
    for (let number = 2; taken.has(free); number++) free = `${isNodeId(name) ? name : 'Subgraph'} ${number}`
    taken.add(free)
    names.set(id, free)
  }
  return names
}

/** Our own ids, where the file has them from our export; a node that was copied there has its original's. */
function nodeIds({ nodes }: UiGraph): ReadonlyMap<string, string> {
  const ids = new Map<string, string>()
  const taken = new Set<string>()
  const take = (node: UiNode, id: string) => {
    taken.add(id)
    ids.set(node.id, id)
  }
  for (const node of nodes.values()) {
    const id = namedCopy(node)?.id
    if (id !== undefined && isNodeId(id) && !taken.has(id)) take(node, id)
  }
  for (const node of nodes.values()) {
    if (ids.has(node.id)) continue
    let id = node.id
    while (taken.has(id)) id += '_'
    take(node, id)
  }
  return ids
}

/** What our export put beside the graph, as far as it still fits. */
function restOf({ extra }: UiDocument, { nodes }: Workflow): Partial<Workflow> {
  const copy = own(extra, COPY)
  if (!isRecord(copy)) return {}
  const { $schema, name, description, parameters, layout } = copy
  const rest = { $schema, name, description, parameters: fitting(parameters, nodes), layout }
  // Whatever it is, it is checked with the whole.
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Partial<Workflow>
}

/** Nodes may have been removed in ComfyUI's editor, and their parameters with them. */
function fitting(parameters: unknown, nodes: Workflow['nodes']): unknown {
  if (!isRecord(parameters)) return parameters
  const fits = (target: unknown) =>
    isRecord(target) && typeof target.node === 'string' && Object.hasOwn(nodes, target.node)
  return Object.fromEntries(
    Object.entries(parameters).filter(
      ([, parameter]) => !isRecord(parameter) || !Array.isArray(parameter.targets) || parameter.targets.every(fits),
    ),
  )
}
