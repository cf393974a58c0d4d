import type { Cache, Entry } from './cache.js'
import { messageOf } from './errors.js'
import type { ExecutionEvent, StepEvent } from './event.js'
import { inOneFlight } from './flight.js'
import type { RunLanes } from './lane.js'
import { plainOutputs } from './plain.js'
import type { Plan, Step } from './plan.js'
import { runStep, stepsWantedLazily } from './run-step.js'

/** What a run uses. */
export interface Surroundings {
  readonly run: string
  readonly lanes: RunLanes
  readonly cache: Cache
  readonly signal: AbortSignal
  emit(event: ExecutionEvent): void
  /** Whether an artifact that a remembered result names is still there; without it, its step runs again. */
  hasArtifact?(artifact: string): boolean
}

/** How a step of a run ended. 'unneeded': nothing asked for it, as everything below it was in the cache. */
export type StepState = 'ran' | 'cached' | 'unneeded' | 'failed' | 'blocked' | 'cancelled'

export interface StepResult {
  readonly state: StepState
  /** From its start to its end, waiting for a free thread included; 0 if it did not run. */
  readonly ms: number
  readonly warnings: readonly string[]
}

/** A step that failed, with the sentence that it threw. */
export interface Failure {
  readonly node: string
  readonly type: string
  readonly message: string
}

/** The end of a run. */
export interface RunResult {
  readonly status: 'finished' | 'failed' | 'cancelled'
  /** Of each target that finished: a list for each output. */
  readonly outputs: Readonly<Record<string, Entry['outputs']>>
  readonly steps: Readonly<Record<string, StepResult>>
  readonly failures: readonly Failure[]
}

const UNNEEDED: StepResult = { state: 'unneeded', ms: 0, warnings: [] }

/**
 * Runs a plan: every step starts as soon as its inputs are there, what the cache has is not run again, and a failure
 * ends only what depends on it. Never throws for what a node does; see `status`.
 */
export async function execute(plan: Plan, surroundings: Surroundings): Promise<RunResult> {
  const { run, signal } = surroundings
  const emit = (event: StepEvent) => surroundings.emit({ run, ...event } as ExecutionEvent)
  emit({ type: 'run-started', nodes: plan.steps.length })
  const { demand, entries, results, failures } = startSteps(surroundings, new Set(plan.targets), emit)
  await demand(plan.targets)
  const outputs: Record<string, Entry['outputs']> = {}
  for (const target of plan.targets) {
    const entry = await entries.get(target)
    if (entry) outputs[target.id] = entry.outputs
  }
  const steps = Object.fromEntries(plan.steps.map(({ id }) => [id, results.get(id) ?? UNNEEDED]))
  const status = statusOf(failures, steps, signal)
  if (status === 'finished') emit({ type: 'run-finished' })
  else if (status === 'cancelled') emit({ type: 'run-cancelled' })
  else emit({ type: 'run-failed', message: failures.map(failure => `${failure.node}: ${failure.message}`).join('\n') })
  return { status, outputs, steps, failures }
}

function statusOf(failures: readonly Failure[], steps: RunResult['steps'], signal: AbortSignal): RunResult['status'] {
  // A cancellation that came after the last step had ended changed nothing.
  if (signal.aborted && Object.values(steps).some(({ state }) => state === 'cancelled')) return 'cancelled'
  return failures.length > 0 ? 'failed' : 'finished'
}

/** The steps under way. `demand` asks for steps and all that they need; `entries` tells what came of each. */
function startSteps(
  { signal, cache, lanes, hasArtifact }: Surroundings,
  targets: ReadonlySet<Step>,
  emit: (event: StepEvent) => void,
) {
  /** Of every step that was asked for; resolves to nothing if the step did not come to its end. Never rejects. */
  const entries = new Map<Step, Promise<Entry | undefined>>()
  const results = new Map<string, StepResult>()
  const failures: Failure[] = []

  const settle = (step: Step, state: StepState, ms = 0, entry?: Entry): Entry | undefined => {
    results.set(step.id, { state, ms, warnings: entry?.warnings ?? [] })
    for (const message of entry?.warnings ?? []) emit({ type: 'node-warning', node: step.id, message })
    if (!entry) return undefined
    const outputs = targets.has(step) ? { outputs: plainOutputs(entry.outputs) } : {}
    emit({ type: 'node-finished', node: step.id, cached: state === 'cached', ms, ...outputs })
    return entry
  }

  const isWhole = (entry: Entry) => artifactsOf(entry).every(artifact => hasArtifact?.(artifact) ?? true)
  const fromMemory = (step: Step): Entry | undefined => {
    const entry = step.volatile ? undefined : cache.get(step.key)
    return entry && isWhole(entry) ? entry : undefined
  }
  const fromDisk = async (step: Step): Promise<Entry | undefined> => {
    const entry = await cache.load(step.key)
    return entry && isWhole(entry) ? entry : undefined
  }

  /** Goes upwards until it meets what is remembered, with an open list: chains may be tens of thousands long. */
  const walk = async (wanted: readonly Step[]) => {
    const found = new Map<Step, Entry | undefined>()
    const open = [...wanted]
    for (let step = open.pop(); step; step = open.pop()) {
      if (entries.has(step) || found.has(step)) continue
      let entry = fromMemory(step)
      if (!entry && !step.volatile && cache.onDisk(step.key)) entry = await fromDisk(step)
      found.set(step, entry)
      if (entry) continue
      lanes[step.definition.lane].prepare()
      for (const above of stepsWantedEagerly(step)) open.push(above)
    }
    // In the plan's order, so that each step finds the promises of those that it needs.
    for (const [step, entry] of [...found].sort(([a], [b]) => a.index - b.index)) {
      entries.set(step, entry ? Promise.resolve(settle(step, 'cached', 0, entry)) : runOne(step))
    }
  }
  // One walk after the other, so that no walk meets steps that another has found but not yet started.
  let walking = Promise.resolve()
  const demand = (steps: readonly Step[]): Promise<void> => {
    walking = walking.then(() => walk(steps))
    return walking
  }

  const runOne = async (step: Step): Promise<Entry | undefined> => {
    const given = new Map<Step, Entry>()
    const receive = async (needed: readonly Step[]) => {
      const received = await Promise.all(needed.map(above => entries.get(above)))
      for (const [index, entry] of received.entries()) if (entry) given.set(needed[index] as Step, entry)
      return received.every(entry => entry !== undefined)
    }
    const blocked = () => settle(step, signal.aborted ? 'cancelled' : 'blocked')
    if (!(await receive(stepsWantedEagerly(step)))) return blocked()
    let started = performance.now()
    const elapsed = () => performance.now() - started
    try {
      signal.throwIfAborted()
      const lazy = stepsWantedLazily(step, given)
      if (lazy.length > 0) await demand(lazy)
      if (!(await receive(lazy))) return blocked()
      started = performance.now()
      emit({ type: 'node-started', node: step.id })
      const lane = lanes[step.definition.lane]
      const compute = async () => {
        try {
          const entry = await runStep(step, given, { lane, signal, emit })
          // However cheap: to make a sink again, all that it needs would have to be read.
          const worth = step.definition.sink ? Number.POSITIVE_INFINITY : elapsed()
          if (!step.volatile) cache.set(step.key, entry, worth)
          return entry
        } catch (error) {
          // By this name other runs that wait for the same step know that they may take it over.
          throw signal.aborted ? new DOMException('The run was cancelled.', 'AbortError') : error
        }
      }
      // Another run may have made it since this one looked.
      const made = fromMemory(step)
      const { entry, shared } = made ? { entry: made, shared: true } : await inOneFlight(step, cache, signal, compute)
      return settle(step, shared ? 'cached' : 'ran', elapsed(), entry)
    } catch (error) {
      // Whatever a node says that was told to stop, it did not fail.
      if (signal.aborted) return settle(step, 'cancelled', elapsed())
      failures.push({ node: step.id, type: step.definition.type, message: messageOf(error) })
      emit({ type: 'node-failed', node: step.id, message: messageOf(error) })
      return settle(step, 'failed', elapsed())
    }
  }

  return { demand, entries, results, failures }
}

/** What a step needs before it is asked anything. Lazy inputs of a node that has no `needs` are as any other. */
function stepsWantedEagerly({ definition, bindings }: Step): Step[] {
  const eager = definition.needs ? bindings.filter(({ port }) => !port.lazy) : bindings
  return eager.flatMap(({ from }) => from?.map(({ step }) => step) ?? [])
}

/** The artifacts that outputs such as saved files name. */
const artifactsOf = ({ outputs }: Entry): string[] =>
  Object.values(outputs).flatMap(values =>
    values.flatMap(value => {
      const named = typeof value === 'object' && value !== null && 'artifact' in value ? value.artifact : undefined
      return typeof named === 'string' ? [named] : []
    }),
  )
