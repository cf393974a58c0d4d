import { InvalidWorkflow, type Issue } from './errors.js'
import { expand } from './expand.js'
import type { NodeDefinition } from './node.js'
import type { Port } from './port.js'
import type { Registry } from './registry.js'
import { createResolver, type Resolver } from './resolve.js'
import { collectSteps } from './steps.js'
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

/**
 * Checks a workflow, orders its steps and gives each its content key. Pure; only what the targets need is looked at.
 * @throws InvalidWorkflow with all faults at once; a node below a faulty one is not blamed.
 */
export function plan(workflow: Workflow, registry: Registry, options: PlanOptions = {}): Plan {
  const graph = expand(workflow)
  const resolver = createResolver(graph, workflow, registry)
  const issues: Issue[] = [...graph.issues]
  const ids = chooseTargets(resolver, registry, options, issues)
  const { steps, targets } = collectSteps(ids, resolver, registry, issues)
  if (issues.length > 0) throw new InvalidWorkflow(issues)
  return { steps, targets }
}

function chooseTargets(resolver: Resolver, registry: Registry, options: PlanOptions, issues: Issue[]): string[] {
  const wanted = options.targets ? knownTargets(options.targets, resolver, issues) : sinks(resolver, registry)
  const running = wanted.filter(id => resolver.runs(id))
  if (running.length === 0 && issues.length === 0) issues.push({ code: 'no-sink', message: noSink(wanted, registry) })
  return running
}

function knownTargets(targets: readonly string[], resolver: Resolver, issues: Issue[]): string[] {
  return [...new Set(targets)].filter(id => {
    if (resolver.node(id)) return true
    const message = `The run is to end at node "${id}", which the workflow does not have.${suggest(id, resolver.ids())}`
    issues.push({ code: 'unknown-target', node: id, message })
    return false
  })
}

function sinks(resolver: Resolver, registry: Registry): string[] {
  const ids: string[] = []
  for (const id of resolver.ids()) if (registry.get(resolver.node(id)?.type ?? '')?.sink) ids.push(id)
  return ids
}

function noSink(wanted: readonly string[], registry: Registry): string {
  if (wanted.length > 0)
    return 'Every node that keeps a result is muted or bypassed, so there is nothing to run; unmute one.'
  const sinks = registry.nodes.filter(node => node.sink).map(node => node.type)
  return `The workflow has no node that keeps a result, so there is nothing to run; add one of: ${sinks.join(', ')}.`
}
