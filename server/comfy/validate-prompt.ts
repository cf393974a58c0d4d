import { accepts } from '../../engine/check.js'
import { messageOf } from '../../engine/errors.js'
import { own } from '../../engine/own.js'
import type { Input, Link } from '../../engine/workflow.js'
import { checkInput, type KnownFiles } from './check-input.js'
import type { ComfyInput, ComfyNode, ComfyNodes, ComfyOutput } from './comfy-names.js'
import { inputSpec } from './input-spec.js'
import { dependencyCycle, type PromptError, promptError, returnTypeMismatch } from './node-errors.js'
import type { Prompt, PromptLink } from './prompt.js'
import { typesMatch } from './type-match.js'

/** A node that validation has met. */
export interface Visit {
  readonly id: string
  readonly errors: readonly PromptError[]
  /** Whether it and all that it needs can run. */
  readonly isValid: boolean
  /** The nodes that it is linked to. */
  readonly above: readonly string[]
  /** Its inputs as our workflow has them, by our names. */
  readonly inputs: Readonly<Record<string, Input>>
  /** Its values as the prompt keeps them, converted. */
  readonly kept: Readonly<Record<string, unknown>>
}

/** What validation needs to know of its surroundings. */
export interface ValidateSurroundings {
  readonly nodes: ComfyNodes
  readonly files: KnownFiles
}

interface Walk extends Visit {
  readonly errors: PromptError[]
  isValid: boolean
  next: number
  isLeft: boolean
}

/** The input and link by which the walk came to a node. */
interface Entry {
  readonly input: ComfyInput
  readonly link: PromptLink
}

/**
 * Checks these outputs and all that they need, each node once. With a path of its own instead of recursion, for chains
 * may be thousands long.
 */
export function validateNodes(
  roots: readonly string[],
  prompt: Prompt,
  surroundings: ValidateSurroundings,
): ReadonlyMap<string, Visit> {
  const visits = new Map<string, Walk>()
  const entries = new Map<string, Entry>()
  const onCycles = new Set<Walk>()
  const path: Walk[] = []
  const enter = (id: string) => {
    const visit = visitNode(id, prompt, entries, surroundings)
    visits.set(id, visit)
    path.push(visit)
  }
  for (const root of roots) {
    if (!visits.has(root)) enter(root)
    for (let visit = path.at(-1); visit; visit = path.at(-1)) {
      const id = visit.above[visit.next++]
      const above = id === undefined ? undefined : visits.get(id)
      if (id === undefined) {
        path.pop()
        visit.isLeft = true
        const below = path.at(-1)
        if (below && !visit.isValid) below.isValid = false
      } else if (!above) enter(id)
      else if (above.isLeft) visit.isValid &&= above.isValid
      else noteCycle(path.slice(path.indexOf(above)), onCycles, prompt)
    }
  }
  return visits
}

/** Of cycles that share a node only the first is named. */
function noteCycle(cycle: readonly Walk[], onCycles: Set<Walk>, prompt: Prompt): void {
  const isNew = !cycle.some(visit => onCycles.has(visit))
  for (const visit of cycle) {
    onCycles.add(visit)
    visit.isValid = false
  }
  const ids = cycle.map(({ id }) => id)
  if (isNew) cycle[0]?.errors.push(dependencyCycle(ids, prompt))
}

function visitNode(id: string, prompt: Prompt, entries: Map<string, Entry>, surroundings: ValidateSurroundings): Walk {
  const { class_type, inputs } = prompt[id] as Prompt[string]
  const walk = { isLeft: false, next: 0 }
  try {
    const node = surroundings.nodes(class_type) as ComfyNode
    const errors: PromptError[] = []
    const met: Entry[] = []
    const ours: Record<string, Input> = {}
    const kept: Record<string, unknown> = {}
    for (const input of node.inputs) {
      const checked = checkInput(input, inputs, class_type, surroundings.files)
      const found = linked(checked, input, prompt, surroundings)
      if (found.faults) errors.push(...found.faults)
      for (const link of found.links ?? []) met.push({ input, link })
      if (found.ours !== undefined) ours[input.ours] = found.ours
      if (found.kept !== undefined) kept[input.name] = found.kept
    }
    for (const entry of met) if (!entries.has(entry.link[0])) entries.set(entry.link[0], entry)
    const above = met.map(({ link }) => link[0])
    return { id, errors, isValid: errors.length === 0, above, inputs: ours, kept, ...walk }
  } catch (error) {
    const fault = exception(error, entries.get(id), surroundings)
    return { id, errors: [fault], isValid: false, above: [], inputs: {}, kept: {}, ...walk }
  }
}

interface Found {
  readonly faults?: readonly PromptError[]
  readonly links?: readonly PromptLink[]
  readonly ours?: Input
  readonly kept?: unknown
}

function linked(
  checked: ReturnType<typeof checkInput>,
  input: ComfyInput,
  prompt: Prompt,
  { nodes, files }: ValidateSurroundings,
): Found {
  if (checked.kind === 'absent') return {}
  if (checked.kind === 'fault') return { faults: [checked.fault] }
  if (checked.kind === 'value') return { ours: checked.value, kept: checked.kept }
  const faults: PromptError[] = []
  const sources = checked.links.map(link => {
    const output = outputOf(link, input.name, prompt, nodes)
    // What our engine can link is more than equal types: a whole number feeds a real one, a text a choice.
    if (output && !typesMatch(output.type, input.type) && !accepts(input.port, output.port)) {
      faults.push(returnTypeMismatch({ input, files: files.names }, output.type, link))
    }
    return { node: link[0], output: output?.ours ?? '' } satisfies Link
  })
  if (faults.length > 0) return { faults }
  return { links: checked.links, ours: checked.isGathered ? sources : (sources[0] as Link) }
}

/** Nothing if the source cannot be described, which is said where the walk comes to it. */
function outputOf([id, slot]: PromptLink, name: string, prompt: Prompt, nodes: ComfyNodes) {
  const type = own(prompt, id)?.class_type
  if (type === undefined) {
    throw new LostLink('KeyError', `Input "${name}" is linked to node "${id}", which the prompt does not have.`)
  }
  let outputs: readonly ComfyOutput[]
  try {
    outputs = nodes(type)?.outputs ?? []
  } catch {
    return undefined
  }
  const output = outputs[slot]
  if (output) return output
  const has = `${type} has ${outputs.length} outputs, counted from 0`
  throw new LostLink('IndexError', `Input "${name}" is linked to output ${slot} of node "${id}", but ${has}.`)
}

/** A link to what is not there ends the check of its node, as it does in ComfyUI. */
class LostLink extends Error {
  constructor(
    override readonly name: string,
    message: string,
  ) {
    super(message)
  }
}

function exception(error: unknown, entry: Entry | undefined, { files }: ValidateSurroundings): PromptError {
  const message = messageOf(error)
  const told = {
    exception_message: message,
    exception_type: error instanceof Error ? error.name : typeof error,
    traceback: [],
  }
  if (!entry) {
    return promptError('exception_during_validation', 'Exception when validating node', message, told)
  }
  return promptError('exception_during_inner_validation', 'Exception when validating inner node', message, {
    input_name: entry.input.name,
    input_config: inputSpec(entry.input, files.names),
    ...told,
    linked_node: entry.link,
  })
}
