import type { Issue } from './errors.js'
import { COMPONENT, type Graph } from './expand.js'
import type { Port, Ports } from './port.js'
import type { Registry } from './registry.js'
import { suggest } from './suggest.js'
import { type Input, isLink, type Link, type Literal, type Workflow, type WorkflowNode } from './workflow.js'

/** Where an input's value comes from, once components, bypassed and muted nodes are seen through. */
export interface Source {
  readonly links?: readonly Link[]
  readonly values?: readonly Literal[]
  /** The links were written as a list. */
  readonly gathered?: boolean
  /** What should be here has been reported already. */
  readonly faulty?: boolean
}

/** Answers what really feeds a node. */
export interface Resolver {
  readonly ids: Iterable<string>
  node(id: string): WorkflowNode | undefined
  /** Whether a node takes part: it is not muted or bypassed, and nothing that it must have is muted. */
  runs(id: string): boolean
  sources(id: string, issues: Issue[]): ReadonlyMap<string, Source>
}

type Found = { link: Link } | { value: Literal } | { muted: string } | { fault: Issue['code']; text: string }

/** Builds the resolver of one workflow. */
export function createResolver(graph: Graph, workflow: Workflow, registry: Registry): Resolver {
  const portsOf = (type: string, side: 'inputs' | 'outputs'): Ports | undefined => {
    const ports = registry.get(type)?.[side]
    if (ports || !type.startsWith(COMPONENT)) return ports
    return componentPorts(workflow, type.slice(COMPONENT.length), side, portsOf)
  }
  const muted = spreadMute(graph, link => followLink(link, graph, portsOf), registry)
  const follow = (link: Link): Found => {
    const found = followLink(link, graph, portsOf)
    return 'link' in found && muted.has(found.link.node) ? { muted: found.link.node } : found
  }
  return {
    ids: graph.nodes.keys(),
    node: id => graph.nodes.get(id),
    runs: id => !muted.has(id) && graph.nodes.get(id)?.bypass !== true,
    sources: (id, issues) => {
      const node = graph.nodes.get(id)
      const complain = (input: string, code: Issue['code'], text: string) => {
        const message = `Input "${input}" of node "${id}" (${node?.type}) ${text}`
        issues.push({ code, node: id, input, message })
      }
      const sources = new Map<string, Source>()
      for (const [name, input] of Object.entries(node?.inputs ?? {})) {
        const source = sourceOf(input, follow, (code, text) => complain(name, code, text))
        if (source) sources.set(name, source)
      }
      return sources
    },
  }
}

function sourceOf(
  input: Input,
  follow: (link: Link) => Found,
  complain: (code: Issue['code'], text: string) => void,
): Source | undefined {
  if (!isLink(input) && !(Array.isArray(input) && input.some(isLink))) {
    return { values: (Array.isArray(input) ? input : [input]) as Literal[] }
  }
  const items = (Array.isArray(input) ? input : [input]) as Input[]
  const links: Link[] = []
  const values: Literal[] = []
  for (const item of items) {
    const found = isLink(item) ? follow(item) : { value: item as Literal }
    if ('muted' in found) continue
    if ('fault' in found) {
      complain(found.fault, found.text)
      return { faulty: true }
    }
    if ('link' in found) links.push(found.link)
    else values.push(found.value)
  }
  if (links.length > 0 && values.length > 0) {
    complain(
      'wrong-type',
      'mixes links and written values in one list; link a Text or Number node instead of the value.',
    )
    return { faulty: true }
  }
  if (links.length > 0) return { links, gathered: Array.isArray(input) }
  return values.length > 0 ? { values } : undefined
}

type PortsOf = (type: string, side: 'inputs' | 'outputs') => Ports | undefined

/** Goes from a link to the output that really makes the value: into components, and through bypassed nodes. */
function followLink(start: Link, graph: Graph, portsOf: PortsOf): Found {
  const seen = new Set<string>()
  let link = start
  for (;;) {
    const inner = graph.aliases.get(link.node)
    if (inner) {
      const next = Object.hasOwn(inner, link.output) ? inner[link.output] : undefined
      if (!next) return unknownOutput(link, Object.keys(inner))
      link = next
      continue
    }
    const node = graph.nodes.get(link.node)
    if (!node) return danglingLink(link, graph)
    if (node.mute) return { muted: link.node }
    if (!node.bypass) return { link }
    if (seen.has(link.node))
      return { fault: 'cycle', text: `is linked to the bypassed node "${link.node}", which leads back to itself.` }
    seen.add(link.node)
    const passed = passThrough(link, node, portsOf)
    if (!isLink(passed)) {
      return passed === undefined || Array.isArray(passed) ? noPassThrough(link, node) : { value: passed as Literal }
    }
    link = passed
  }
}

/** What a bypassed node hands on for one of its outputs: its first filled input of the same type. */
function passThrough(link: Link, node: WorkflowNode, portsOf: PortsOf): Input | undefined {
  const wanted = portsOf(node.type, 'outputs')?.[link.output]?.type
  const inputs = Object.entries(portsOf(node.type, 'inputs') ?? {})
  const [name] = inputs.find(([name, port]) => port.type === wanted && node.inputs?.[name] !== undefined) ?? []
  return name === undefined ? undefined : node.inputs?.[name]
}

const noPassThrough = (link: Link, node: WorkflowNode): Found => ({
  fault: 'no-pass-through',
  text: `is linked to "${link.node}.${link.output}", but ${node.type} is bypassed and has no input of that type to hand on; link another node or stop bypassing it.`,
})

const unknownOutput = (link: Link, known: readonly string[]): Found => ({
  fault: 'unknown-output',
  text: `is linked to "${link.node}.${link.output}", but there is no output "${link.output}".${suggest(link.output, known)}`,
})

const danglingLink = (link: Link, graph: Graph): Found => ({
  fault: 'dangling-link',
  text: `is linked to node "${link.node}", which the workflow does not have.${suggest(link.node, graph.nodes.keys())}`,
})

/**
 * The nodes that are muted, and those that lack a required input because of it. Each node is looked at once for each
 * of its links, so a long chain costs no more than its length.
 */
function spreadMute(graph: Graph, follow: (link: Link) => Found, registry: Registry): ReadonlySet<string> {
  const muted = new Set<string>()
  for (const [id, node] of graph.nodes) if (node.mute) muted.add(id)
  if (muted.size === 0) return muted
  const dependents = new Map<string, { id: string; feeds: readonly string[] }[]>()
  for (const [id, node] of graph.nodes) {
    for (const feeds of requiredFeeds(node, follow, registry)) {
      for (const feed of feeds) dependents.set(feed, [...(dependents.get(feed) ?? []), { id, feeds }])
    }
  }
  // A set is walked in the order of insertion, and this walk meets what it adds.
  for (const id of muted) {
    for (const dependent of dependents.get(id) ?? []) {
      if (dependent.feeds.every(feed => muted.has(feed))) muted.add(dependent.id)
    }
  }
  return muted
}

/** For each input that the node must have: the nodes that feed it. */
function requiredFeeds(node: WorkflowNode, follow: (link: Link) => Found, registry: Registry): string[][] {
  const ports: Ports = registry.get(node.type)?.inputs ?? {}
  return Object.entries(node.inputs ?? {}).flatMap(([name, input]) => {
    const port: Port | undefined = ports[name]
    const links = (Array.isArray(input) ? input : [input]).filter(isLink)
    if (links.length === 0 || port?.optional || port?.default !== undefined) return []
    return [links.flatMap(link => feedOf(follow(link)))]
  })
}

const feedOf = (found: Found): string[] => {
  if ('muted' in found) return [found.muted]
  return 'link' in found ? [found.link.node] : []
}

function componentPorts(
  workflow: Workflow,
  name: string,
  side: 'inputs' | 'outputs',
  portsOf: PortsOf,
): Ports | undefined {
  const component = workflow.components?.[name]
  if (!component) return undefined
  const ports: Record<string, Port> = {}
  const ends = side === 'outputs' ? component.outputs : component.inputs
  for (const [port, end] of Object.entries(ends ?? {})) {
    const target: { node: string; output?: string; input?: string } | undefined = Array.isArray(end) ? end[0] : end
    const inner = target && component.nodes[target.node]
    const found = inner && portsOf(inner.type, side)?.[(target.output ?? target.input) as string]
    if (found) ports[port] = found
  }
  return ports
}
