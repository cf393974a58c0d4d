import { bind } from './bind.js'
import type { Issue } from './errors.js'
import { unknownInput } from './expand.js'
import type { NodeDefinition } from './node.js'
import type { Step } from './plan.js'
import type { Registry } from './registry.js'
import type { Resolver, Source } from './resolve.js'
import { suggest } from './suggest.js'

/** A node on the walk: entered, and left again when all that it needs has been left before. */
export interface Visit {
  readonly id: string
  /** Absent if the type is not installed; the inputs are followed all the same, so that all faults are found. */
  readonly definition: NodeDefinition | undefined
  /** One for each input of the definition, in its order. */
  readonly sources: readonly (Source | undefined)[]
  /** The nodes that it needs, each as often as it is linked. */
  readonly above: readonly string[]
  /** Which of those comes next. */
  next: number
  isLeft: boolean
  step: Step | undefined
}

/**
 * Walks upwards from the targets and makes a step of each node after those that it needs; what is wrong is added to
 * the issues. With a path of its own instead of recursion, for chains may be tens of thousands long.
 */
export function collectSteps(
  targets: readonly string[],
  resolver: Resolver,
  registry: Registry,
  issues: Issue[],
): { steps: Step[]; targets: Step[] } {
  const visits = new Map<string, Visit>()
  const path: Visit[] = []
  const onCycles = new Set<Visit>()
  const steps: Step[] = []
  const enter = (id: string) => {
    const visit = visitOf(id, resolver, registry, issues)
    visits.set(id, visit)
    path.push(visit)
  }
  const leave = (visit: Visit) => {
    path.pop()
    visit.isLeft = true
    if (!visit.definition) return
    visit.step = bind(visit, visit.definition, visits, { registry, issues, index: steps.length })
    steps.push(visit.step)
  }
  for (const target of targets) {
    if (!visits.has(target)) enter(target)
    for (let visit = path.at(-1); visit; visit = path.at(-1)) {
      const id = visit.above[visit.next++]
      const above = id === undefined ? undefined : visits.get(id)
      if (id === undefined) leave(visit)
      else if (!above) enter(id)
      else if (!above.isLeft) noteCycle(path.slice(path.indexOf(above)), onCycles, issues)
    }
  }
  return { steps, targets: targets.flatMap(id => visits.get(id)?.step ?? []) }
}

function visitOf(id: string, resolver: Resolver, registry: Registry, issues: Issue[]): Visit {
  const { type, inputs = {} } = resolver.node(id) ?? { type: '' }
  const definition = registry.get(type)
  if (definition) {
    const known = definition.inputs
    for (const name of Object.keys(inputs)) {
      if (!Object.hasOwn(known, name)) issues.push(unknownInput(id, type, name, Object.keys(known)))
    }
  } else if (!resolver.isReported(id)) issues.push(unknownNode(id, type, registry))
  const sources = Object.keys(definition?.inputs ?? inputs).map(name => resolver.source(id, name, issues))
  const above: string[] = []
  for (const source of sources) for (const { node } of source?.links ?? []) above.push(node)
  return { id, definition, sources, above, next: 0, isLeft: false, step: undefined }
}

const unknownNode = (node: string, type: string, registry: Registry): Issue => ({
  code: 'unknown-node',
  node,
  message: `Node "${node}" is of type "${type}", which is not installed; install the plugin that has it, or choose another.${suggest(type, registry.types)}`,
})

/** `cycle`: from a node up to one that it feeds. Of cycles that share a node only the first is named. */
function noteCycle(cycle: readonly Visit[], onCycles: Set<Visit>, issues: Issue[]): void {
  if (cycle.some(visit => onCycles.has(visit))) return
  for (const visit of cycle) onCycles.add(visit)
  const ids = cycle.map(({ id }) => id).reverse()
  const names = [...ids, ids[0]].map(id => `"${id}"`)
  // The sentence is for a person; ten thousand names would hide what it says.
  if (names.length > 20) names.splice(10, names.length - 20, `… ${names.length - 20} more …`)
  const message = `Nodes ${names.join(' → ')} form a cycle; remove one of these links.`
  issues.push({ code: 'cycle', node: ids[0] ?? '', message })
}
