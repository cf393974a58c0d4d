import type { Issue } from '../../engine/errors.js'
import { port } from '../../engine/port.js'
import type { Registry } from '../../engine/registry.js'
import type { Input, Link, Target, WorkflowNode } from '../../engine/workflow.js'
import type { ComfyInput, ComfyNodes } from './comfy-names.js'
import { COMPONENT_TYPE, type Ends } from './component-ends.js'
import { nodeOf } from './prompt-import.js'
import { gathered, toOurs } from './to-ours.js'
import { INPUT_NODE, type UiGraph, type UiNode, type UiSubgraph } from './ui-document.js'
import { promotedValues } from './ui-scopes.js'
import { isVirtual, refuseGroupNode } from './ui-to-prompt.js'
import { primitiveValue, widgetValues } from './ui-widgets.js'
import { unknownNode } from './workflow-to-prompt.js'

/** What a graph of the editor is in our terms. */
export interface ImportedGraph {
  readonly nodes: Readonly<Record<string, WorkflowNode>>
  /** By the slot of the subgraph's input: the inputs that it feeds. */
  readonly boundary: ReadonlyMap<number, readonly Target[]>
  readonly outputs: readonly (readonly [string, Link])[]
  /** Whether all that the graph has could be said in our terms. */
  readonly isWhole: boolean
}

/** What an import is made with. */
export interface ImportSurroundings {
  readonly nodes: ComfyNodes
  readonly registry: Registry
  readonly issues: Issue[]
  readonly subgraphs: ReadonlyMap<string, UiSubgraph>
  /** Component names by the subgraph's id. */
  readonly names: ReadonlyMap<string, string>
}

/** Translates one graph of the editor; only reroutes and primitives are seen through. */
export function importGraph(
  graph: UiGraph,
  ids: ReadonlyMap<string, string>,
  surroundings: ImportSurroundings,
  subgraph?: UiSubgraph,
): ImportedGraph {
  const boundary = new Map<number, Target[]>()
  const find = (link: string | undefined) => findSource(graph, link, ids, surroundings)
  let isWhole = true
  const nodes = [...graph.nodes.values()]
    .filter(node => !isVirtual(node))
    .map(node => {
      refuseGroupNode(node)
      const id = ids.get(node.id) ?? node.id
      const imported = importNode(id, node, find, surroundings)
      isWhole &&= imported.isWhole
      for (const [slot, input] of imported.fed) {
        const targets = boundary.get(slot)
        if (targets) targets.push({ node: id, input })
        else boundary.set(slot, [{ node: id, input }])
      }
      return [id, imported.node] as const
    })
  const outputs = (subgraph?.outputs ?? []).flatMap((name, slot) => {
    const source = find(subgraph?.outputLinks.get(slot))
    if (source && 'link' in source) return [[name, source.link] as const]
    // An input that leads straight to an output, or a value there: a component's output is always a node's.
    if (source) isWhole = false
    return []
  })
  return { nodes: Object.fromEntries(nodes), boundary, outputs, isWhole }
}

/** What feeds a slot within its own graph: an output, a value, or a slot of the border. */
type Source = { readonly link: Link } | { readonly value: unknown } | { readonly slot: number } | undefined

interface ImportedNode {
  readonly node: WorkflowNode
  /** The slots of the border that feed it, and which of its inputs. */
  readonly fed: readonly (readonly [slot: number, input: string])[]
  readonly isWhole: boolean
}

function importNode(
  id: string,
  node: UiNode,
  find: (link: string | undefined) => Source,
  surroundings: ImportSurroundings,
): ImportedNode {
  const kind = kindOf(node, surroundings)
  if (!kind) {
    surroundings.issues.push(unknownNode(id, node.type, surroundings.registry))
    return { node: { type: node.type }, fed: [], isWhole: true }
  }
  const links = new Map<string, Link>()
  const values = new Map(kind.values)
  const fed: [number, string][] = []
  for (const { name, link } of node.inputs) {
    const source = find(link)
    if (!source) continue
    if ('link' in source) links.set(name, source.link)
    else if ('value' in source) values.set(name, source.value)
    else fed.push([source.slot, kind.inputs.find(input => input.name === name)?.ours ?? name])
  }
  const inputs = kind.inputs.flatMap(input => {
    const value = inputOf(input, links, values, kind.type)
    return value === undefined ? [] : [[input.ours, value] as const]
  })
  const flags = node.mode === 'mute' ? { mute: true } : node.mode === 'bypass' ? { bypass: true } : {}
  return { node: { ...nodeOf(kind.type, inputs), ...flags }, fed, isWhole: kind.isWhole }
}

/** A link wins over what is written; several are a list. */
function inputOf(
  input: ComfyInput,
  links: ReadonlyMap<string, Link>,
  values: ReadonlyMap<string, unknown>,
  type: string,
): Input | undefined {
  const link = links.get(input.name)
  if (link) return link
  const several = gathered(input.name, links)
  return several.length > 0 ? several : toOurs(values.get(input.name), input, type)
}

interface Kind extends Ends {
  /** Our name of the type. */
  readonly type: string
  readonly values: ReadonlyMap<string, unknown>
  readonly isWhole: boolean
}

/** Nothing if the type is known neither to the registry nor to the file. */
function kindOf(node: UiNode, { nodes, subgraphs, names }: ImportSurroundings): Kind | undefined {
  const subgraph = subgraphs.get(node.type)
  if (!subgraph) {
    const known = nodes(node.type)
    return known && { ...known, type: node.type, values: widgetValues(node, known), isWhole: true }
  }
  const any = port('*')
  const end = (name: string) => ({ name, ours: name, type: '*', port: any })
  const promoted = promotedValues(node, subgraph)
  return {
    type: COMPONENT_TYPE + names.get(node.type),
    inputs: subgraph.inputs.map(name => ({ ...end(name), required: false })),
    outputs: subgraph.outputs.map(end),
    values: new Map(promoted.flatMap(([{ node, input }, value]) => (node === undefined ? [[input, value]] : []))),
    // A value that goes to a node inside, past the inputs, has no place in a component.
    isWhole: promoted.every(([{ node }]) => node === undefined),
  }
}

function findSource(
  { nodes, links }: UiGraph,
  start: string | undefined,
  ids: ReadonlyMap<string, string>,
  surroundings: ImportSurroundings,
): Source {
  const seen = new Set<string>()
  for (let id = start; id !== undefined && !seen.has(id); ) {
    seen.add(id)
    const link = links.get(id)
    if (!link) return undefined
    if (link.origin === INPUT_NODE) return { slot: link.originSlot }
    const origin = nodes.get(link.origin)
    if (!origin) return undefined
    if (origin.type === 'PrimitiveNode') return { value: primitiveValue(origin) }
    if (origin.type !== 'Reroute') {
      const output = kindOf(origin, surroundings)?.outputs[link.originSlot]
      return { link: { node: ids.get(origin.id) ?? origin.id, output: output?.ours ?? String(link.originSlot) } }
    }
    id = origin.inputs[0]?.link
  }
  return undefined
}
