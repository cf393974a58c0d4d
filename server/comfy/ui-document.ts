import { InvalidWorkflow } from '../../engine/errors.js'
import { own } from '../../engine/own.js'
import { isForbiddenKey, isRecord, isTooDeep } from './prompt.js'

/** Whether a node runs, is left out with all that needs it, or hands its inputs through. */
export type UiMode = 'on' | 'mute' | 'bypass'

/** An input of a node on the canvas; every widget has one as well. */
export interface UiInput {
  readonly name: string
  readonly type: string
  readonly link?: string
  readonly isWidget: boolean
}

/** A node on the canvas of ComfyUI's editor. */
export interface UiNode {
  readonly id: string
  /** A class, one of the editor's own nodes, or the id of a subgraph. */
  readonly type: string
  readonly title?: string
  readonly mode: UiMode
  readonly inputs: readonly UiInput[]
  readonly outputs: readonly { readonly name: string; readonly type: string }[]
  /** Positional, or by name. */
  readonly widgets: readonly unknown[] | Readonly<Record<string, unknown>>
  readonly properties: Readonly<Record<string, unknown>>
}

export interface UiLink {
  readonly origin: string
  readonly originSlot: number
  readonly target: string
  readonly targetSlot: number
}

export interface UiGraph {
  readonly nodes: ReadonlyMap<string, UiNode>
  readonly links: ReadonlyMap<string, UiLink>
}

/** A graph that nodes of the type `id` stand for. */
export interface UiSubgraph extends UiGraph {
  readonly id: string
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** The link into each output. */
  readonly outputLinks: ReadonlyMap<number, string>
  /** Widgets of inner nodes that the outer node shows. */
  readonly widgets: readonly (readonly [node: string, widget: string])[]
  readonly extra: Readonly<Record<string, unknown>>
}

/** A file of ComfyUI's editor, of format 0.4 or 1.0. */
export interface UiDocument {
  readonly graph: UiGraph
  readonly subgraphs: ReadonlyMap<string, UiSubgraph>
  readonly extra: Readonly<Record<string, unknown>>
}

/** The node that stands for a subgraph's inputs inside it. */
export const INPUT_NODE = '-10'
/** The node that stands for its outputs. */
const OUTPUT_NODE = '-20'

/** No honest file comes near this. */
const MAX_DEFINITIONS = 1000

/**
 * Reads a file of ComfyUI's editor. Native reroutes need no reading: a link knows its ends whatever way it takes.
 * @throws InvalidWorkflow
 */
export function readUi(document: unknown): UiDocument {
  if (!isRecord(document)) throw malformed('The workflow must be an object.')
  if (isTooDeep(document)) throw malformed('The workflow nests too deep; flatten its values.')
  const subgraphs = new Map<string, UiSubgraph>()
  const open: unknown[] = [own(document, 'definitions')]
  for (let definitions = open.pop(); definitions !== undefined || open.length > 0; definitions = open.pop()) {
    for (const item of listOf(isRecord(definitions) ? own(definitions, 'subgraphs') : undefined, 'subgraphs')) {
      const subgraph = readSubgraph(item)
      subgraphs.set(subgraph.id, subgraph)
      if (subgraphs.size > MAX_DEFINITIONS) throw malformed(`The workflow has more than ${MAX_DEFINITIONS} subgraphs.`)
      const inner = isRecord(item) ? own(item, 'definitions') : undefined
      if (inner !== undefined) open.push(inner)
    }
  }
  return { graph: readGraph(document, 'The workflow'), subgraphs, extra: recordOf(own(document, 'extra')) }
}

/** The error of a document that has not the form it should have. */
export const malformed = (message: string) => new InvalidWorkflow([{ code: 'malformed', message }])

function readSubgraph(item: unknown): UiSubgraph {
  const id = isRecord(item) ? own(item, 'id') : undefined
  if (!isRecord(item) || typeof id !== 'string' || id === '') throw malformed('A subgraph must have an "id".')
  const graph = readGraph(item, `Subgraph "${id.slice(0, 80)}"`)
  const outputLinks = new Map<number, string>()
  for (const [link, { target, targetSlot }] of graph.links)
    if (target === OUTPUT_NODE) outputLinks.set(targetSlot, link)
  const widgets = listOf(own(item, 'widgets'), 'widgets').flatMap(widget => {
    if (!isRecord(widget) || typeof widget.name !== 'string') return []
    return [[idOf(widget.id), widget.name] as const]
  })
  return {
    ...graph,
    id,
    name: textOf(own(item, 'name')) ?? id,
    inputs: namesOf(own(item, 'inputs')),
    outputs: namesOf(own(item, 'outputs')),
    outputLinks,
    widgets,
    extra: recordOf(own(item, 'extra')),
  }
}

function readGraph(item: Readonly<Record<string, unknown>>, place: string): UiGraph {
  const nodes = new Map<string, UiNode>()
  for (const entry of listOf(own(item, 'nodes'), 'nodes')) {
    const node = readNode(entry, place)
    if (nodes.has(node.id)) throw malformed(`${place} has two nodes "${node.id}"; give one of them another id.`)
    nodes.set(node.id, node)
  }
  const links = new Map<string, UiLink>()
  for (const entry of listOf(own(item, 'links'), 'links')) {
    if (entry === null) continue
    const fields = Array.isArray(entry) ? entry : linkFields(entry)
    if (!fields) throw malformed(`${place} has a link that is neither a list nor an object.`)
    const [id, origin, originSlot, target, targetSlot] = fields
    links.set(idOf(id), {
      origin: idOf(origin),
      originSlot: slotOf(originSlot),
      target: idOf(target),
      targetSlot: slotOf(targetSlot),
    })
  }
  return { nodes, links }
}

const linkFields = (entry: unknown) =>
  isRecord(entry) && [entry.id, entry.origin_id, entry.origin_slot, entry.target_id, entry.target_slot]

function readNode(entry: unknown, place: string): UiNode {
  const type = isRecord(entry) ? own(entry, 'type') : undefined
  const id = isRecord(entry) ? idOf(own(entry, 'id')) : ''
  if (!isRecord(entry) || typeof type !== 'string' || id === '') {
    throw malformed(`${place} has a node without "id" or "type".`)
  }
  if (isForbiddenKey(id)) throw malformed(`${place} must not use "${id}" as a node's id; rename it.`)
  const title = textOf(own(entry, 'title'))
  const widgets = own(entry, 'widgets_values')
  return {
    id,
    type,
    ...(title === undefined ? {} : { title }),
    mode: entry.mode === 2 ? 'mute' : entry.mode === 4 ? 'bypass' : 'on',
    inputs: listOf(own(entry, 'inputs'), 'inputs').map(readInput),
    outputs: listOf(own(entry, 'outputs'), 'outputs').map(slot => ({ name: nameOf(slot), type: typeOf(slot) })),
    widgets: Array.isArray(widgets) ? widgets : recordOf(widgets),
    properties: recordOf(own(entry, 'properties')),
  }
}

function readInput(slot: unknown): UiInput {
  const link = isRecord(slot) ? idOf(own(slot, 'link')) : ''
  return {
    name: nameOf(slot),
    type: typeOf(slot),
    ...(link === '' ? {} : { link }),
    isWidget: isRecord(slot) && isRecord(own(slot, 'widget')),
  }
}

const nameOf = (slot: unknown) => (isRecord(slot) ? (textOf(own(slot, 'name')) ?? '') : '')
const namesOf = (slots: unknown) => listOf(slots, 'slots').map(nameOf)

/** A slot's type may be a text, a list of texts or a number. */
function typeOf(slot: unknown): string {
  const type = isRecord(slot) ? own(slot, 'type') : undefined
  if (Array.isArray(type)) return type.every(word => typeof word === 'string') ? 'COMBO' : '*'
  return typeof type === 'string' || typeof type === 'number' ? String(type) : '*'
}

/** An id as text, for files have numbers and texts; '' if it is neither. */
export const idOf = (id: unknown): string => (typeof id === 'string' || typeof id === 'number' ? String(id) : '')
const slotOf = (slot: unknown): number => Number(idOf(slot) || Number.NaN)
const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
const recordOf = (value: unknown) => (isRecord(value) ? value : {})

function listOf(value: unknown, name: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw malformed(`"${name}" of a ComfyUI workflow must be a list, got ${typeof value}.`)
  return value
}
