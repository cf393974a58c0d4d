import type { Cache } from './cache.js'
import type { StepState } from './execute.js'
import { own } from './own.js'
import type { Binding, Plan, Step } from './plan.js'

/** What a step was, in a form that can be kept and compared with a later plan of the same workflow. */
export interface StepRecord {
  readonly type: string
  readonly version: number
  readonly key: string
  /** Written values as JSON, links as 'node.output'. */
  readonly inputs: Readonly<Record<string, string>>
}

export type PlanRecord = Readonly<Record<string, StepRecord>>

/** Writes a plan down for a later `explain`. */
export const recordPlan = ({ steps }: Plan): PlanRecord =>
  Object.fromEntries(
    steps.map(({ id, key, definition: { type, version }, bindings }) => [
      id,
      { type, version, key, inputs: Object.fromEntries(bindings.map(binding => [binding.name, textOf(binding)])) },
    ]),
  )

const textOf = ({ values, from }: Binding): string =>
  values
    ? values.map(value => JSON.stringify(value)).join(', ')
    : from.map(({ step, output }) => `${step.id}.${output}`).join(', ')

/** What would happen to each step if the plan ran now, without running it. */
export function forecast(plan: Plan, cache: Cache): ReadonlyMap<Step, StepState> {
  const states = new Map<Step, StepState>(plan.steps.map(step => [step, 'unneeded']))
  const open = [...plan.targets]
  for (let step = open.pop(); step; step = open.pop()) {
    if (states.get(step) !== 'unneeded') continue
    const known = !step.volatile && (cache.get(step.key) !== undefined || cache.onDisk(step.key))
    states.set(step, known ? 'cached' : 'ran')
    if (!known) open.push(...step.bindings.flatMap(({ from }) => from?.map(({ step }) => step) ?? []))
  }
  return states
}

/** One sentence on why a step ran, or did not; `previous` is the record of the last run of the same workflow. */
export function explain(step: Step, state: StepState, previous?: PlanRecord): string {
  switch (state) {
    case 'cached':
      return 'reused: neither it nor anything above it changed'
    case 'unneeded':
      return 'not needed: what depends on it was reused'
    case 'blocked':
      return 'did not run: a node above it failed'
    case 'cancelled':
      return 'did not finish: the run was cancelled'
    default:
      return whyRun(step, previous)
  }
}

function whyRun(step: Step, previous?: PlanRecord): string {
  const before = own(previous, step.id)
  if (step.definition.volatile) return 'ran: it reads what changes on its own'
  if (step.volatile) return 'ran: something above it changes on its own'
  if (!previous) return 'ran: this workflow has not run here before'
  if (!before) return 'ran: it is new in this workflow'
  if (before.key === step.key) return 'ran: nothing changed, but its result was no longer in the cache'
  return `ran: ${changes(step, before, previous).join('; ')}`
}

function changes(
  { bindings, definition: { type, version } }: Step,
  before: StepRecord,
  previous: PlanRecord,
): string[] {
  if (type !== before.type) return [`it is now ${type} instead of ${before.type}`]
  const found = version === before.version ? [] : [`${type} went from version ${before.version} to ${version}`]
  for (const binding of bindings) {
    const now = textOf(binding)
    const then = own(before.inputs, binding.name)
    if (now !== then) found.push(`input "${binding.name}" changed from ${then ?? 'nothing'} to ${now}`)
    const changed = binding.from?.find(({ step }) => own(previous, step.id)?.key !== step.key)
    if (now === then && changed) found.push(`"${changed.step.id}" above it changed`)
  }
  return found.length > 0 ? found : ['an input was taken away or its plugin changed']
}
