import { componentOf, findPort, type Side } from './component-port.js'
import type { Issue } from './errors.js'
import type { Graph } from './expand.js'
import { own } from './own.js'
import type { Port, Ports } from './port.js'
import type { Registry } from './registry.js'
import { suggest } from './suggest.js'
import { type Input, isLink, type Link, type Literal, type Workflow, type WorkflowNode } from './workflow.js'

/** Where an input's value comes from, once components, bypassed and muted nodes are seen through. */
export interface Source {
  readonly links?: readonly Link[]
  readonly values?: readonly Literal[]
  /** The links were written as a list. */
  readonly isGathered?: boolean
  /** What should be here has been reported already. */
  readonly isFaulty?: boolean
}

/** Answers what really feeds a node. */
export interface Resolver {
  ids(): Iterable<string>
  node(id: string): WorkflowNode | undefined
  /** Whether what is wrong with this node has been said before. */
  isReported(id: string): boolean
  /** Whether a node takes part: it is not muted or bypassed, and nothing that it must have is muted. */
  runs(id: string): boolean
  /** What feeds one input; nothing if it is left to its default, or what feeds it is muted. */
  source(id: string, input: string, issues: Issue[]): Source | undefined
}

type Found = { link: Link } | { value: Literal } | { muted: string } | { fault: Issue['code']; text: string }

/** Builds the resolver of one workflow. */
export function createResolver(graph: Graph, workflow: Workflow, registry: Registry): Resolver {
  const ends: Ends = {
    port: (type, side, name) => findPort(workflow, registry, type, side, name),
    inputNames: type => Object.keys((registry.get(type) ?? componentOf(workflow, type))?.inputs ?? {}),
  }
  const follow = (link: Link) => followLink(link, graph, ends)
  const muted = spreadMute(graph, follow, registry)
  const followUnmuted = (link: Link): Found => {
    const found = follow(link)
    return 'link' in found && muted.has(found.link.node) ? { muted: found.link.node } : found
  }
  return {
    ids: () => graph.nodes.keys(),
    node: id => graph.nodes.get(id),
    isReported: id => graph.faulty.has(id),
    runs: id => !muted.has(id) && graph.nodes.get(id)?.bypass !== true,
    source: (id, name, issues) => {
      const node = graph.nodes.get(id)
      const input = own(node?.inputs, name)
      if (input === undefined) return undefined
      return sourceOf(input, followUnmuted, (code, text) => {
        const message = `Input "${name}" of node "${id}" (${node?.type}) ${text}`
        issues.push({ code, node: id, input: name, message })
      })
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
      return { isFaulty: true }
    }
    if ('link' in found) links.push(found.link)
    else values.push(found.value)
  }
  if (links.length > 0 && values.length > 0) {
    complain(
      'wrong-type',
      'mixes links and written values in one list; link a Text or Number node instead of the value.',
    )
    return { isFaulty: true }
  }
  if (links.length > 0) return { links, isGathered: Array.isArray(input) }
  return values.length > 0 ? { values } : undefined
}

/** What the ports of a type are, be it a node's or a component's. */
interface Ends {
  port(type: string, side: Side, name: string): Port | undefined
  inputNames(type: string): readonly string[]
}

/** Goes from a link to the output that really makes the value: into components, and through bypassed nodes. */
function followLink(start: Link, graph: Graph, ends: Ends): Found {
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
    const passed = passThrough(link, node, ends)
    if (!isLink(passed)) {
      return passed === undefined || Array.isArray(passed) ? noPassThrough(link, node) : { value: passed as Literal }
    }
    link = passed
  }
}

/** What a bypassed node hands on for one of its outputs: its first filled input of the same type. */
function passThrough(link: Link, { type, inputs = {} }: WorkflowNode, ends: Ends): Input | undefined {
  const wanted = ends.port(type, 'outputs', link.output)?.type
  if (wanted === undefined) return undefined
  // In the definition's order, so that the document's own does not matter.
  const isOfType = (name: string) => ends.port(type, 'inputs', name)?.type === wanted
  const name = ends.inputNames(type).find(name => Object.hasOwn(inputs, name) && isOfType(name))
  return name === undefined ? undefined : inputs[name]
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
    // A bypassed node is seen through, from below; to follow each of a long row of them would cost its square.
    if (node.bypass) continue
    for (const feeds of requiredFeeds(node, follow, registry)) {
      for (const feed of feeds) {
        const list = dependents.get(feed)
        if (list) list.push({ id, feeds })
        else dependents.set(feed, [{ id, feeds }])
      }
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
    const port = own(ports, name)
    const links = (Array.isArray(input) ? input : [input]).filter(isLink)
    if (links.length === 0 || port?.optional || port?.default !== undefined) return []
    return [links.flatMap(link => feedOf(follow(link)))]
  })
}

const feedOf = (found: Found): string[] => {
  if ('muted' in found) return [found.muted]
  return 'link' in found ? [found.link.node] : []
}
