import { COMPONENT, componentOf } from './component-port.js'
import { InvalidWorkflow, type Issue } from './errors.js'
import { own } from './own.js'
import { suggest } from './suggest.js'
import { type Component, type Input, isLink, type Link, type Workflow, type WorkflowNode } from './workflow.js'

/** A workflow without components: every node by its full id, and what stands behind the outputs of components. */
export interface Graph {
  readonly nodes: ReadonlyMap<string, WorkflowNode>
  /** 'outer' → { output: the inner node's output }. */
  readonly aliases: ReadonlyMap<string, Readonly<Record<string, Link>>>
  /** Component nodes that could not be expanded; `issues` says why. */
  readonly faulty: ReadonlySet<string>
  readonly issues: readonly Issue[]
}

/**
 * Values that are copied for components: nodes, their inputs, outputs, targets. A few lines can stand for billions of
 * them; no honest workflow comes near this.
 */
const MAX_COPIED = 100_000

interface Frame {
  readonly nodes: Readonly<Record<string, WorkflowNode>>
  readonly prefix: string
  /** The component types around these nodes. */
  readonly inside: readonly string[]
}

/**
 * Replaces every component node by the nodes it stands for; inner nodes are named 'outer/inner'.
 * @throws InvalidWorkflow when they are too many to go on; other faults are among the graph's issues.
 */
export function expand(workflow: Workflow): Graph {
  const nodes = new Map<string, WorkflowNode>()
  const aliases = new Map<string, Readonly<Record<string, Link>>>()
  const faulty = new Set<string>()
  const issues: Issue[] = []
  const refuse = (id: string, node: WorkflowNode, issue: Issue) => {
    nodes.set(id, node)
    faulty.add(id)
    if (!node.mute) issues.push(issue)
  }
  const sizes = new Map<Component, number>()
  let copied = 0
  /** Before anything of it is copied, for one component that stands a thousand times multiplies as well as nested ones. */
  const count = (id: string, { inputs }: WorkflowNode, component: Component) => {
    const size = sizes.get(component) ?? countValues(component)
    sizes.set(component, size)
    copied += size
    // What is put in is not copied, but each place of it is checked and hashed.
    for (const [name, targets] of Object.entries(component.inputs ?? {}))
      copied += countValues(own(inputs, name)) * targets.length
    if (copied > MAX_COPIED) throw new InvalidWorkflow([tooLarge(id)])
  }
  const frames: Frame[] = [{ nodes: workflow.nodes, prefix: '', inside: [] }]
  const place = (id: string, node: WorkflowNode, { inside }: Frame) => {
    if (node.bypass || !node.type.startsWith(COMPONENT)) return void nodes.set(id, node)
    const component = componentOf(workflow, node.type)
    if (!component) return refuse(id, node, unknownComponent(id, node.type, Object.keys(workflow.components ?? {})))
    if (inside.includes(node.type)) return refuse(id, node, recursion(id, [...inside, node.type]))
    count(id, node, component)
    issues.push(...faultsOfInstance(id, node, component))
    aliases.set(id, prefixLinks(component.outputs, id))
    frames.push({ nodes: instantiate(component, node, id), prefix: `${id}/`, inside: [...inside, node.type] })
  }
  for (let frame = frames.pop(); frame; frame = frames.pop()) {
    for (const name of Object.keys(frame.nodes)) place(frame.prefix + name, frame.nodes[name] as WorkflowNode, frame)
  }
  return { nodes, aliases, faulty, issues }
}

/** How many values there are in a value, itself counted; a long text is as many as it has kilobytes. */
function countValues(value: unknown): number {
  if (typeof value === 'string') return 1 + (value.length >> 10)
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, inner) => sum + countValues(inner), 1)
}

/** The component's nodes with their links inside the instance and the instance's inputs put in their places. */
function instantiate(component: Component, outer: WorkflowNode, id: string): Record<string, WorkflowNode> {
  const nodes: Record<string, WorkflowNode> = {}
  for (const [name, node] of Object.entries(component.nodes)) {
    const inputs = Object.fromEntries(
      Object.entries(node.inputs ?? {}).map(([input, value]) => [input, prefixLink(value, id)]),
    )
    nodes[name] = { ...node, inputs, ...(outer.mute ? { mute: true } : {}) }
  }
  for (const [name, targets] of Object.entries(component.inputs ?? {})) {
    const value = own(outer.inputs, name)
    if (value === undefined) continue
    for (const { node, input } of targets) {
      const inner = own(nodes, node)
      if (inner) nodes[node] = { ...inner, inputs: { ...inner.inputs, [input]: value } }
    }
  }
  return nodes
}

function prefixLink(input: Input, id: string): Input {
  if (isLink(input)) return { node: `${id}/${input.node}`, output: input.output }
  return Array.isArray(input) ? input.map(item => prefixLink(item, id)) : input
}

const prefixLinks = (links: Readonly<Record<string, Link>>, id: string) =>
  Object.fromEntries(Object.entries(links).map(([name, link]) => [name, prefixLink(link, id) as Link]))

function faultsOfInstance(id: string, { type, inputs }: WorkflowNode, component: Component): Issue[] {
  const known = component.inputs ?? {}
  const unknown = Object.keys(inputs ?? {}).filter(input => !Object.hasOwn(known, input))
  const lost = Object.entries(known).flatMap(([input, targets]) =>
    targets.filter(({ node }) => !Object.hasOwn(component.nodes, node)).map(({ node }) => ({ input, node })),
  )
  return [
    ...unknown.map(input => unknownInput(id, type, input, Object.keys(known))),
    ...lost.map(({ input, node }) => lostTarget(id, type, input, node, Object.keys(component.nodes))),
  ]
}

/** The issue of an input that neither a node type nor a component has. */
export const unknownInput = (node: string, type: string, input: string, known: readonly string[]): Issue => ({
  code: 'unknown-input',
  node,
  input,
  message: `Node "${node}" (${type}) has no input "${input}".${suggest(input, known)}`,
})

const lostTarget = (node: string, type: string, input: string, target: string, known: readonly string[]): Issue => ({
  code: 'dangling-link',
  node,
  input,
  message: `Input "${input}" of node "${node}" (${type}) leads to node "${target}", which the component does not have.${suggest(target, known)}`,
})

const unknownComponent = (node: string, type: string, known: readonly string[]): Issue => ({
  code: 'unknown-component',
  node,
  message: `Node "${node}" stands for the component "${type.slice(COMPONENT.length)}", which this workflow does not have.${suggest(type.slice(COMPONENT.length), known)}`,
})

const recursion = (node: string, inside: readonly string[]): Issue => {
  const names = inside.map(type => type.slice(COMPONENT.length))
  const message = `Component "${names.at(-1)}" contains itself (${names.join(' → ')}); take it out of its own nodes.`
  return { code: 'recursion', node, message }
}

const tooLarge = (node: string): Issue => ({
  code: 'too-large',
  node,
  message: `The workflow's components expand to more than ${MAX_COPIED} nodes and inputs; split it into several workflows.`,
})
