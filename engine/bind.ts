import { accepts, checkValue, isWritten } from './check.js'
import type { Issue, IssueCode } from './errors.js'
import { keyOf } from './key.js'
import type { NodeDefinition } from './node.js'
import { own } from './own.js'
import type { Binding, Step, StepOutput } from './plan.js'
import type { Port } from './port.js'
import type { Registry } from './registry.js'
import type { Source } from './resolve.js'
import type { Visit } from './steps.js'
import { suggest } from './suggest.js'

type Visits = ReadonlyMap<string, Visit>
type Complain = (code: IssueCode, text: string) => void

/** Makes the step of a node whose upstream steps are made; what is wrong with its inputs is added to the issues. */
export function bind(
  { id, sources }: Visit,
  definition: NodeDefinition,
  visits: Visits,
  { registry, issues, index }: { registry: Registry; issues: Issue[]; index: number },
): Step {
  const bindings: Binding[] = []
  let place = 0
  let volatile = definition.volatile === true
  for (const name of Object.keys(definition.inputs)) {
    const complain: Complain = (code, text) => {
      const message = `Input "${name}" of node "${id}" (${definition.type}) ${text}`
      issues.push({ code, node: id, input: name, message })
    }
    const binding = bindInput(name, definition.inputs[name] as Port, sources[place++], visits, complain)
    if (!binding) continue
    bindings.push(binding)
    for (const { step } of binding.from ?? []) volatile ||= step.volatile
  }
  const key = keyOf(definition, registry.origin(definition.type), bindings)
  return { id, index, definition, bindings, key, volatile }
}

function bindInput(
  name: string,
  port: Port,
  source: Source | undefined,
  visits: Visits,
  complain: Complain,
): Binding | undefined {
  if (source?.isFaulty) return undefined
  if (source?.links) return { name, port, from: bindLinks(source, port, visits, complain) }
  if (source?.values) {
    for (const value of source.values) {
      const complaint = checkValue(value, port)
      if (complaint) complain(complaint.code, complaint.text)
    }
    return { name, port, values: source.values }
  }
  if (port.default !== undefined) return { name, port, values: [port.default] }
  if (!port.optional) complain('missing-input', missing(port))
  return undefined
}

const missing = (port: Port): string =>
  isWritten(port) ? 'has no value; write or link one.' : `is not linked; link an output of type ${port.type}.`

function bindLinks({ links = [], isGathered }: Source, port: Port, visits: Visits, complain: Complain): StepOutput[] {
  if (isGathered && !port.list) {
    complain('wrong-type', `takes one ${port.type}, got a list of ${links.length} links; keep one of them.`)
  }
  const from: StepOutput[] = []
  for (const { node, output } of links) {
    const step = visits.get(node)?.step
    // The node above is of an unknown type or on a cycle, and has been reported.
    if (!step) continue
    from.push({ step, output })
    const made = own(step.definition.outputs, output)
    if (!made) complain('unknown-output', unknownOutput(step, output))
    else if (!accepts(port, made)) complain('type-mismatch', mismatch(port, made, node, output))
  }
  return from
}

const unknownOutput = ({ id, definition: { type, outputs } }: Step, output: string): string =>
  `is linked to "${id}.${output}", but ${type} has no output "${output}".${suggest(output, Object.keys(outputs))}`

const mismatch = (port: Port, made: Port, node: string, output: string): string =>
  `must be ${port.type}, got ${made.type} from "${node}.${output}"; link an output of type ${port.type}.`
