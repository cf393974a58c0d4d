import type { Issue } from './errors.js'
import { suggest } from './suggest.js'
import { type Component, type Input, isLink, type Link, type Workflow, type WorkflowNode } from './workflow.js'

/** A workflow without components: every node by its full id, and what stands behind the outputs of components. */
export interface Graph {
  readonly nodes: ReadonlyMap<string, WorkflowNode>
  /** 'outer' → { output: the inner node's output }. */
  readonly aliases: ReadonlyMap<string, Readonly<Record<string, Link>>>
  readonly issues: readonly Issue[]
}

/** The prefix of a node type that names a component of the same document. */
export const COMPONENT = 'component/'

/** A few nested components can stand for billions of nodes; no honest workflow comes near this. */
const MAX_NODES = 100_000

interface Frame {
  readonly nodes: Readonly<Record<string, WorkflowNode>>
  readonly prefix: string
  readonly inside: readonly string[]
}

/** Replaces every component node by the nodes it stands for; inner nodes are named 'outer/inner'. */
export function expand(workflow: Workflow): Graph {
  const components = workflow.components ?? {}
  const nodes = new Map<string, WorkflowNode>()
  const aliases = new Map<string, Record<string, Link>>()
  const issues: Issue[] = []
  const frames: Frame[] = [{ nodes: workflow.nodes, prefix: '', inside: [] }]
  for (let frame = frames.pop(); frame; frame = frames.pop()) {
    for (const [name, node] of Object.entries(frame.nodes)) {
      const id = frame.prefix + name
      const component = componentOf(node, components)
      if (!component || node.bypass) {
        nodes.set(id, node)
        if (node.type.startsWith(COMPONENT) && !component)
          issues.push(unknownComponent(id, node.type, Object.keys(components)))
        continue
      }
      const inside = [...frame.inside, node.type.slice(COMPONENT.length)]
      if (new Set(inside).size < inside.length) {
        issues.push(recursion(id, inside))
        continue
      }
      issues.push(...unknownInputs(id, node, component))
      if (nodes.size > MAX_NODES) return { nodes, aliases, issues: [...issues, tooLarge(id)] }
      aliases.set(id, prefixLinks(component.outputs, id))
      frames.push({ nodes: instantiate(component, node, id), prefix: `${id}/`, inside })
    }
  }
  return { nodes, aliases, issues }
}

const componentOf = (node: WorkflowNode, components: Readonly<Record<string, Component>>): Component | undefined => {
  const name = node.type.startsWith(COMPONENT) ? node.type.slice(COMPONENT.length) : undefined
  return name !== undefined && Object.hasOwn(components, name) ? components[name] : undefined
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
    const value = outer.inputs?.[name]
    if (value === undefined) continue
    for (const { node, input } of targets) {
      const inner = nodes[node]
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

function unknownInputs(id: string, { type, inputs }: WorkflowNode, component: Component): Issue[] {
  const known = Object.keys(component.inputs ?? {})
  const unknown = Object.keys(inputs ?? {}).filter(input => !known.includes(input))
  return unknown.map(input => ({
    code: 'unknown-input',
    node: id,
    input,
    message: `Node "${id}" (${type}) has no input "${input}".${suggest(input, known)}`,
  }))
}

const unknownComponent = (node: string, type: string, known: readonly string[]): Issue => ({
  code: 'unknown-component',
  node,
  message: `Node "${node}" stands for the component "${type.slice(COMPONENT.length)}", which this workflow does not have.${suggest(type.slice(COMPONENT.length), known)}`,
})

const recursion = (node: string, inside: readonly string[]): Issue => ({
  code: 'recursion',
  node,
  message: `Component "${inside.at(-1)}" contains itself (${inside.join(' → ')}); take it out of its own nodes.`,
})

const tooLarge = (node: string): Issue => ({
  code: 'too-large',
  node,
  message: `The workflow's components expand to more than ${MAX_NODES} nodes; split it into several workflows.`,
})
