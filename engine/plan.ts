import { accepts, checkValue, isWritten } from './check.js'
import { InvalidWorkflow, type Issue } from './errors.js'
import { expand } from './expand.js'
import { keyOf } from './key.js'
import type { NodeDefinition } from './node.js'
import type { Port } from './port.js'
import type { Registry } from './registry.js'
import { createResolver, type Resolver, type Source } from './resolve.js'
import { suggest } from './suggest.js'
import type { Workflow } from './workflow.js'

/** An output of an earlier step. */
export interface StepOutput {
  readonly step: Step
  readonly output: string
}

/** What one input of a step is made of: written values, or the outputs of earlier steps. */
export type Binding = { readonly name: string; readonly port: Port } & (
  | { readonly values: readonly unknown[]; readonly from?: undefined }
  | { readonly from: readonly StepOutput[]; readonly values?: undefined }
)

/** A node in a plan. */
export interface Step {
  readonly id: string
  /** Its place in the plan's order. */
  readonly index: number
  readonly definition: NodeDefinition
  readonly bindings: readonly Binding[]
  /**
   * SHA-256 over type, version, origin, written values and upstream keys: the same sub-graph has the same key in every
   * workflow, process and machine.
   */
  readonly key: string
  /** It or something above it reads what changes on its own, so that nothing may be reused. */
  readonly volatile: boolean
}

/** A checked workflow: its steps in an order in which each comes after what it needs. */
export interface Plan {
  readonly steps: readonly Step[]
  /** The steps whose outputs the run answers: the sinks, or the chosen targets. */
  readonly targets: readonly Step[]
}

export interface PlanOptions {
  /** Runs only these nodes and what they need, instead of all sinks. */
  readonly targets?: readonly string[]
}

interface Draft {
  readonly id: string
  readonly definition: NodeDefinition
  readonly sources: ReadonlyMap<string, Source>
}

/**
 * Checks a workflow, orders its steps and gives each its content key. Pure; only what the targets need is looked at.
 * @throws InvalidWorkflow with all faults at once; a node below a faulty one is not blamed.
 */
export function plan(workflow: Workflow, registry: Registry, options: PlanOptions = {}): Plan {
  const graph = expand(workflow)
  const resolver = createResolver(graph, workflow, registry)
  const issues: Issue[] = [...graph.issues]
  const targets = chooseTargets(resolver, registry, options, issues)
  const drafts = collect(targets, resolver, registry, issues)
  const order = sort(drafts, issues)
  for (const draft of drafts.values()) checkInputs(draft, drafts, issues)
  if (issues.length > 0) throw new InvalidWorkflow(issues)
  const steps = bind(order, registry)
  return { steps: [...steps.values()], targets: targets.flatMap(id => steps.get(id) ?? []) }
}

function chooseTargets(resolver: Resolver, registry: Registry, options: PlanOptions, issues: Issue[]): string[] {
  const isSink = (id: string) => registry.get(resolver.node(id)?.type ?? '')?.sink === true
  const ids = [...resolver.ids]
  for (const id of options.targets ?? []) {
    if (resolver.node(id)) continue
    issues.push({
      code: 'unknown-target',
      node: id,
      message: `The run is to end at node "${id}", which the workflow does not have.${suggest(id, ids)}`,
    })
  }
  const wanted = options.targets?.filter(id => resolver.node(id)) ?? ids.filter(isSink)
  const running = wanted.filter(id => resolver.runs(id))
  if (running.length > 0 || issues.length > 0) return running
  issues.push({ code: 'no-sink', message: noSink(wanted, registry) })
  return running
}

function noSink(wanted: readonly string[], registry: Registry): string {
  if (wanted.length > 0)
    return 'Every node that keeps a result is muted or bypassed, so there is nothing to run; unmute one.'
  const sinks = registry.nodes.filter(node => node.sink).map(node => node.type)
  return `The workflow has no node that keeps a result, so there is nothing to run; add one of: ${sinks.join(', ')}.`
}

/** Walks backwards from the targets with an open list, not by recursion: chains may be tens of thousands long. */
function collect(
  targets: readonly string[],
  resolver: Resolver,
  registry: Registry,
  issues: Issue[],
): Map<string, Draft> {
  const drafts = new Map<string, Draft>()
  const seen = new Set(targets)
  const open = [...targets]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = resolver.node(id)
    if (!node) continue
    const definition = registry.get(node.type)
    if (!definition) {
      issues.push(unknownNode(id, node.type, registry))
      continue
    }
    const sources = resolver.sources(id, issues)
    drafts.set(id, { id, definition, sources })
    for (const source of sources.values()) {
      for (const { node: next } of source.links ?? []) {
        if (!seen.has(next)) open.push(next)
        seen.add(next)
      }
    }
  }
  return drafts
}

const unknownNode = (node: string, type: string, registry: Registry): Issue => ({
  code: 'unknown-node',
  node,
  message: `Node "${node}" is of type "${type}", which is not installed; install the plugin that has it, or choose another.${suggest(type, registry.types)}`,
})

/** Kahn's order; what is left over lies on or behind a cycle. */
function sort(drafts: ReadonlyMap<string, Draft>, issues: Issue[]): Draft[] {
  const waiting = new Map<string, number>()
  const dependents = new Map<string, Draft[]>()
  for (const draft of drafts.values()) {
    const above = upstream(draft).filter(id => drafts.has(id))
    waiting.set(draft.id, above.length)
    for (const id of above) {
      const list = dependents.get(id)
      if (list) list.push(draft)
      else dependents.set(id, [draft])
    }
  }
  const order = [...drafts.values()].filter(({ id }) => waiting.get(id) === 0)
  for (let next = 0; next < order.length; next++) {
    for (const dependent of dependents.get(order[next]?.id ?? '') ?? []) {
      const left = (waiting.get(dependent.id) ?? 0) - 1
      waiting.set(dependent.id, left)
      if (left === 0) order.push(dependent)
    }
  }
  if (order.length < drafts.size) issues.push(...cycles(drafts, new Set(order.map(({ id }) => id))))
  return order
}

const upstream = (draft: Draft): string[] => {
  const ids = new Set<string>()
  for (const { links } of draft.sources.values()) for (const { node } of links ?? []) ids.add(node)
  return [...ids]
}

/** Names each cycle once: from any node that could not be ordered, upstream links lead into one. */
function cycles(drafts: ReadonlyMap<string, Draft>, ordered: ReadonlySet<string>): Issue[] {
  const issues: Issue[] = []
  const done = new Set<string>(ordered)
  for (const start of drafts.keys()) {
    const path: string[] = []
    let id: string | undefined = start
    while (id !== undefined && !done.has(id)) {
      done.add(id)
      path.push(id)
      const draft = drafts.get(id)
      id = draft && upstream(draft).find(above => drafts.has(above) && !ordered.has(above))
    }
    const entry = id === undefined ? -1 : path.indexOf(id)
    if (entry >= 0) issues.push(cycle(path.slice(entry).reverse()))
  }
  return issues
}

const cycle = (nodes: readonly string[]): Issue => ({
  code: 'cycle',
  node: nodes[0] ?? '',
  message: `Nodes ${[...nodes, nodes[0]].map(id => `"${id}"`).join(' → ')} form a cycle; remove one of these links.`,
})

function checkInputs(draft: Draft, drafts: ReadonlyMap<string, Draft>, issues: Issue[]): void {
  const { id, definition, sources } = draft
  for (const input of sources.keys()) {
    if (Object.hasOwn(definition.inputs, input)) continue
    const message = `Node "${id}" (${definition.type}) has no input "${input}".${suggest(input, Object.keys(definition.inputs))}`
    issues.push({ code: 'unknown-input', node: id, input, message })
  }
  for (const [input, port] of Object.entries(definition.inputs)) {
    const source = sources.get(input)
    const place = `Input "${input}" of node "${id}" (${definition.type})`
    const complain = (code: Issue['code'], text: string) =>
      issues.push({ code, node: id, input, message: `${place} ${text}` })
    if (source?.faulty) continue
    if (source?.links) checkLinks(source, port, drafts, complain)
    else if (source?.values) checkValues(source.values, port, complain)
    else if (port.default === undefined && !port.optional) complain('missing-input', missing(port))
  }
}

const missing = (port: Port): string =>
  isWritten(port) ? 'has no value; write or link one.' : `is not linked; link an output of type ${port.type}.`

type Complain = (code: Issue['code'], text: string) => void

function checkValues(values: readonly unknown[], port: Port, complain: Complain): void {
  for (const value of values) {
    const complaint = checkValue(value, port)
    if (complaint) complain(complaint.code, complaint.text)
  }
}

function checkLinks(source: Source, port: Port, drafts: ReadonlyMap<string, Draft>, complain: Complain): void {
  const links = source.links ?? []
  if (source.gathered && !port.list) {
    complain('wrong-type', `takes one ${port.type}, got a list of ${links.length} links; keep one of them.`)
  }
  for (const { node, output } of links) {
    const above = drafts.get(node)
    // The node above is faulty itself and has been reported.
    if (!above) continue
    const made = above.definition.outputs[output]
    if (!made) {
      complain(
        'unknown-output',
        `is linked to "${node}.${output}", but ${above.definition.type} has no output "${output}".${suggest(output, Object.keys(above.definition.outputs))}`,
      )
    } else if (!accepts(port, made)) {
      complain(
        'type-mismatch',
        `must be ${port.type}, got ${made.type} from "${node}.${output}"; link an output of type ${port.type}.`,
      )
    }
  }
}

function bind(order: readonly Draft[], registry: Registry): Map<string, Step> {
  const steps = new Map<string, Step>()
  for (const { id, definition, sources } of order) {
    const bindings: Binding[] = []
    for (const [name, port] of Object.entries(definition.inputs)) {
      const source = sources.get(name)
      const from = source?.links?.flatMap(({ node, output }) => {
        const step = steps.get(node)
        return step ? [{ step, output }] : []
      })
      const values = source?.values ?? (port.default === undefined ? undefined : [port.default])
      if (from) bindings.push({ name, port, from })
      else if (values) bindings.push({ name, port, values })
    }
    const volatile =
      definition.volatile === true || bindings.some(({ from }) => from?.some(({ step }) => step.volatile))
    steps.set(id, {
      id,
      index: steps.size,
      definition,
      bindings,
      volatile,
      key: keyOf(definition, registry.origin(definition.type), bindings),
    })
  }
  return steps
}
