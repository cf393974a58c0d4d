import { hash } from 'node:crypto'
import { InvalidWorkflow, type Issue } from '../../engine/errors.js'
import type { Registry } from '../../engine/registry.js'
import type { Component, Workflow } from '../../engine/workflow.js'
import { COMPONENT_TYPE, type EndsOf, endsOf, isComponent } from './component-ends.js'
import { COPY } from './ui-copy.js'
import type { FileBoundary, FileLink, FileNode, FileSubgraph, UiFile } from './ui-file.js'
import { layOut } from './ui-layout.js'
import { type Border, fileLinks, gatheredSlots, INPUT_ID, type Nodes, numbersOf, OUTPUT_ID } from './ui-links.js'
import { fileNode, wiringOf } from './ui-nodes-file.js'
import { unknownNode } from './workflow-to-prompt.js'

/**
 * The workflow as a file of ComfyUI's editor: format 0.4, components as subgraphs. What that form cannot hold goes
 * along by name in `properties` and `extra`, so that it comes back whole.
 * @throws InvalidWorkflow when a node's slots are not known, or links lead nowhere.
 */
export function workflowToUi(workflow: Workflow, registry: Registry): UiFile {
  const issues: Issue[] = []
  const surroundings: Surroundings = { ends: endsOf(workflow, registry), registry, issues }
  const graph = graphFile(workflow.nodes, undefined, surroundings)
  const subgraphs = Object.entries(workflow.components ?? {}).map(([name, component]) =>
    subgraphFile(name, component, surroundings),
  )
  if (issues.length > 0) throw new InvalidWorkflow(issues)
  const { version: _, nodes: __, components: ___, ...rest } = workflow
  return {
    id: uuidOf(JSON.stringify(workflow)),
    revision: 0,
    last_node_id: graph.lastNode,
    last_link_id: graph.links.length,
    nodes: graph.nodes,
    links: graph.links.map(inOrder),
    groups: [],
    ...(subgraphs.length > 0 ? { definitions: { subgraphs } } : {}),
    config: {},
    extra: { [COPY]: rest },
    version: 0.4,
  }
}

interface Surroundings {
  readonly ends: EndsOf
  readonly registry: Registry
  readonly issues: Issue[]
}

interface GraphFile {
  readonly nodes: readonly FileNode[]
  readonly links: readonly FileLink[]
  readonly lastNode: number
  /** The right edge, in pixels. */
  readonly width: number
}

function graphFile(nodes: Nodes, border: Border | undefined, { ends, registry, issues }: Surroundings): GraphFile {
  const numbers = numbersOf(nodes)
  for (const [id, { type }] of Object.entries(nodes)) if (!ends(type)) issues.push(unknownNode(id, type, registry))
  const links = fileLinks(nodes, border, ends, issues)
  const wiring = wiringOf(links)
  const endsAt = (id: string) => ends(nodes[id]?.type ?? '') ?? { inputs: [], outputs: [] }
  const places = layOut(nodes, id => {
    const { inputs, outputs } = endsAt(id)
    return inputs.length + Math.max(outputs.length, gatheredSlots(nodes[id] ?? { type: '' }).length)
  })
  // The order in which they can run, which is the order of the columns.
  const order = [...places.keys()]
  const written = order.map((id, order) => {
    const node = nodes[id] as Nodes[string]
    const placed = places.get(id) ?? { pos: [0, 0] as const, size: [0, 0] as const }
    const type = isComponent(node.type) ? subgraphId(node.type.slice(COMPONENT_TYPE.length)) : node.type
    return fileNode(id, node, { ...placed, number: numbers.get(id) ?? 0, order, ends: endsAt(id), type }, wiring)
  })
  return {
    nodes: written,
    links,
    lastNode: written.reduce((last, { id }) => Math.max(last, id), 0),
    width: written.reduce((right, { pos, size }) => Math.max(right, pos[0] + size[0]), 0),
  }
}

function subgraphFile(name: string, component: Component, surroundings: Surroundings): FileSubgraph {
  const graph = graphFile(component.nodes, component, surroundings)
  const slots = surroundings.ends(COMPONENT_TYPE + name) ?? { inputs: [], outputs: [] }
  const { into, outOf } = wiringOf(graph.links)
  const boundary = (side: string, end: { name: string; type: string }, linkIds: readonly number[]): FileBoundary => ({
    id: uuidOf(`${name}/${side}/${end.name}`),
    name: end.name,
    type: end.type,
    linkIds,
  })
  return {
    id: subgraphId(name),
    version: 1,
    revision: 0,
    name,
    state: { lastGroupId: 0, lastNodeId: graph.lastNode, lastLinkId: graph.links.length, lastRerouteId: 0 },
    config: {},
    inputNode: { id: INPUT_ID, bounding: [-240, 0, 128, 40 + 20 * slots.inputs.length] },
    outputNode: { id: OUTPUT_ID, bounding: [graph.width + 120, 0, 128, 40 + 20 * slots.outputs.length] },
    inputs: slots.inputs.map((end, slot) => boundary('inputs', end, outOf.get(`${INPUT_ID}/${slot}`) ?? [])),
    outputs: slots.outputs.map((end, slot) => {
      const link = into.get(`${OUTPUT_ID}/${slot}`)
      return boundary('outputs', end, link === undefined ? [] : [link])
    }),
    widgets: [],
    nodes: graph.nodes,
    groups: [],
    links: graph.links,
    extra: component.description === undefined ? {} : { [COPY]: { description: component.description } },
  }
}

const inOrder = ({ id, origin_id, origin_slot, target_id, target_slot, type }: FileLink) =>
  [id, origin_id, origin_slot, target_id, target_slot, type] as const

const subgraphId = (name: string) => uuidOf(`subgraph/${name}`)

/** A UUID that is the same for the same text, so that exporting twice gives one file. */
function uuidOf(text: string): string {
  const hex = hash('sha256', text, 'hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
