import type { Entry } from './cache.js'
import { checkValue, isWritten } from './check.js'
import { messageOf } from './errors.js'
import type { StepEvent } from './event.js'
import type { Lane, Outcome } from './lane.js'
import type { Binding, Step } from './plan.js'

/** What the steps above have made. */
export type Given = ReadonlyMap<Step, Entry>

/** What one run of a step may tell and hear. */
export interface StepSurroundings {
  readonly lane: Lane
  readonly signal: AbortSignal
  emit(event: StepEvent): void
}

/** The values of one input: the whole list at once, or one an item. */
interface Column {
  readonly binding: Binding
  readonly values: readonly unknown[]
}

/**
 * Runs a step: once, or once an item when a list comes into inputs that take one value. Lists of different lengths go
 * side by side, the last item of the shorter ones repeating; an empty list means no run and empty outputs.
 */
export async function runStep(step: Step, given: Given, surroundings: StepSurroundings): Promise<Entry> {
  const columns = step.bindings.map(binding => ({ binding, values: valuesOf(binding, given) }))
  for (const column of columns) checkColumn(step, column)
  const items = itemCount(columns)
  const calls = Array.from({ length: items }, (_, item) => inputsOf(columns, item))
  const outcomes =
    items === 1 ? [await call(step, calls[0] ?? {}, 0, 1, surroundings)] : await callAll(step, calls, surroundings)
  return merge(step, outcomes)
}

/** The steps behind the lazy inputs that the node asks for, now that the others are known. */
export function stepsWantedLazily(step: Step, given: Given): Step[] {
  const { needs } = step.definition
  if (!needs) return []
  const columns = step.bindings
    .filter(({ port }) => !port.lazy)
    .map(binding => ({ binding, values: valuesOf(binding, given) }))
  const names = new Set<string>()
  for (let item = 0; item < itemCount(columns); item++)
    for (const name of needs(inputsOf(columns, item))) names.add(name)
  return step.bindings.filter(({ name }) => names.has(name)).flatMap(({ from }) => from?.map(({ step }) => step) ?? [])
}

function valuesOf({ values, from }: Binding, given: Given): readonly unknown[] {
  return values ?? from.flatMap(({ step, output }) => given.get(step)?.outputs[output] ?? [])
}

const itemCount = (columns: readonly Column[]): number => {
  const lengths = columns.filter(isMapped).map(({ values }) => values.length)
  return lengths.includes(0) ? 0 : Math.max(1, ...lengths)
}

/** A lazy input that nobody asked for has no values, and does not count. */
const isMapped = ({ binding: { port }, values }: Column) => !port.list && !(port.lazy && values.length === 0)

function inputsOf(columns: readonly Column[], item: number): Record<string, unknown> {
  const inputs: Record<string, unknown> = {}
  for (const { binding, values } of columns) {
    inputs[binding.name] = binding.port.list ? values : values[Math.min(item, values.length - 1)]
  }
  return inputs
}

/** Written values were checked by the plan; linked ones of the same types are checked here, when they are there. */
function checkColumn(step: Step, { binding: { name, port, from }, values }: Column): void {
  if (!from) return
  const place = `Input "${name}" of node "${step.id}" (${step.definition.type})`
  for (const value of values) {
    if (value === undefined && port.optional) continue
    if (value === undefined)
      throw new Error(`${place} got nothing from ${from.map(({ step }) => `"${step.id}"`).join(', ')}.`)
    const complaint = isWritten(port) ? checkValue(value, port) : undefined
    if (complaint) throw new Error(`${place} ${complaint.text}`)
  }
}

/** The first item that fails ends the others, and is waited for with them: no work goes on behind a failed step. */
async function callAll(
  step: Step,
  calls: readonly Record<string, unknown>[],
  surroundings: StepSurroundings,
): Promise<Outcome[]> {
  const failure = new AbortController()
  const signal = AbortSignal.any([surroundings.signal, failure.signal])
  const settled = await Promise.allSettled(
    calls.map(async (inputs, item) => {
      try {
        return await call(step, inputs, item, calls.length, { ...surroundings, signal })
      } catch (error) {
        // Only the first is the cause; the others ended because of it.
        if (!signal.aborted) failure.abort(new Error(`Item ${item + 1} of ${calls.length}: ${messageOf(error)}`))
        throw error
      }
    }),
  )
  signal.throwIfAborted()
  return settled.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
}

function call(
  { id: node, definition }: Step,
  inputs: Record<string, unknown>,
  item: number,
  items: number,
  { lane, signal, emit }: StepSurroundings,
): Promise<Outcome> {
  return lane.run(
    { definition, inputs },
    {
      signal,
      log: message => emit({ type: 'node-log', node, message }),
      progress: (step, steps, preview) =>
        emit({ type: 'node-progress', node, item, items, step, steps, ...(preview ? { preview } : {}) }),
    },
  )
}

function merge({ id, definition }: Step, outcomes: readonly Outcome[]): Entry {
  const outputs: Record<string, unknown[]> = {}
  for (const [name, port] of Object.entries(definition.outputs)) {
    const values: unknown[] = []
    for (const { outputs } of outcomes) {
      const value = outputs[name]
      if (value === undefined && !port.optional) throw new Error(`Node "${id}" (${definition.type}) made no "${name}".`)
      if (!port.list) values.push(value)
      else if (Array.isArray(value)) for (const item of value) values.push(item)
      else throw new Error(`Node "${id}" (${definition.type}) must make a list for "${name}", but made one value.`)
    }
    outputs[name] = values
  }
  return { outputs, warnings: [...new Set(outcomes.flatMap(({ warnings }) => warnings))] }
}
