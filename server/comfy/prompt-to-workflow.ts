import { own } from '../../engine/own.js'
import type { Registry } from '../../engine/registry.js'
import { suggest } from '../../engine/suggest.js'
import type { Workflow } from '../../engine/workflow.js'
import { type ComfyNodes, comfyNodes } from './comfy-names.js'
import { type ComfyFile, parseFileName } from './file-names.js'
import { allOutputsFailed, type NodeErrors, type NodeErrorTable, type PromptError, promptError } from './node-errors.js'
import { isNodeId, isRecord, isTooDeep, type Prompt, type PromptNode, unwrap } from './prompt.js'
import { type Visit, validateNodes } from './validate-prompt.js'

/** What a prompt is translated with. */
export interface PromptSurroundings {
  readonly registry: Registry
  /** The artifact, or the upload's id, that holds a file of the caller's; nothing if there is none. */
  file(name: ComfyFile): string | undefined | Promise<string | undefined>
  /** The names of the caller's input files, for error sentences. */
  readonly inputFiles?: readonly string[]
  /** ComfyUI's `partial_execution_targets`: only these outputs run. */
  readonly targets?: readonly string[] | null
}

/** A prompt that can run, at least in part. */
export interface Accepted {
  readonly error?: undefined
  /** What runs: the outputs that are valid, and what they need. */
  readonly workflow: Workflow
  readonly targets: readonly string[]
  /** The whole prompt, its values converted: what the queue, the history and saved files tell. */
  readonly prompt: Prompt
  /** What is wrong with the outputs that do not run. */
  readonly nodeErrors: NodeErrorTable
}

/** A prompt that cannot run. */
export interface Rejected {
  readonly error: PromptError
  readonly nodeErrors: NodeErrorTable
}

/** Nobody reads more, and a hostile prompt could cause millions. */
const MAX_FAULTY_NODES = 100

/** Validates a prompt as ComfyUI does and translates what of it can run. */
export async function promptToWorkflow(
  document: unknown,
  surroundings: PromptSurroundings,
): Promise<Accepted | Rejected> {
  const nodes = comfyNodes(surroundings.registry)
  const read = readPrompt(document, surroundings.registry)
  if ('error' in read) return read
  const { prompt } = read
  const roots = rootsOf(prompt, surroundings)
  if (roots.length === 0) return reject(promptError('prompt_no_outputs', 'Prompt has no outputs'))
  const artifacts = await findFiles(prompt, nodes, surroundings)
  const files = { names: surroundings.inputFiles ?? [], artifact: (name: string) => artifacts.get(name) }
  const visits = validateNodes(roots, prompt, { nodes, files })
  const nodeErrors = reportOf(visits, roots, prompt)
  const targets = roots.filter(id => visits.get(id)?.isValid)
  if (targets.length === 0) return { error: allOutputsFailed(nodeErrors), nodeErrors }
  const workflow: Workflow = { version: 1, nodes: neededNodes(targets, visits, prompt) }
  return { workflow, targets, prompt: keptPrompt(prompt, visits), nodeErrors }
}

/** The document as a prompt whose every node is known, or what forbids that. */
export function readPrompt(document: unknown, registry: Registry): { readonly prompt: Prompt } | Rejected {
  if (!isRecord(document)) {
    return reject(
      promptError('invalid_prompt', 'The prompt must be an object of nodes by id.', `got ${typeof document}`),
    )
  }
  if (isTooDeep(document))
    return reject(promptError('invalid_prompt', 'The prompt nests too deep; flatten its values.'))
  const nodes: [string, PromptNode][] = []
  for (const [id, node] of Object.entries(document)) {
    const type = isRecord(node) ? own(node, 'class_type') : undefined
    const title = titleOf(node) ?? id
    if (!isRecord(node) || typeof type !== 'string' || type === '') {
      const message = `Node '${title}' has no class_type; the prompt is damaged, or not one of ComfyUI's API format.`
      return reject(missingNodeType(message, id, null, title))
    }
    if (!isNodeId(id)) {
      const message = `Node id '${id.slice(0, 80)}' cannot be used; give an id without a slash.`
      return reject(promptError('invalid_prompt', message, `Node ID '#${id.slice(0, 80)}'`))
    }
    if (!registry.get(type)) {
      const name = type.slice(0, 100)
      const message = `Node '${title}' is of type '${name}', which is not installed here.${suggest(name, registry.types)}`
      return reject(missingNodeType(message, id, type, title))
    }
    const inputs = own(node, 'inputs')
    const { is_changed: _, ...rest } = node
    nodes.push([id, { ...rest, class_type: type, inputs: isRecord(inputs) ? inputs : {} }])
  }
  return { prompt: Object.fromEntries(nodes) }
}

const titleOf = (node: unknown): string | undefined => {
  const meta = isRecord(node) ? own(node, '_meta') : undefined
  const title = isRecord(meta) ? own(meta, 'title') : undefined
  return typeof title === 'string' && title !== '' ? title.slice(0, 200) : undefined
}

const missingNodeType = (message: string, id: string, type: string | null, title: string): PromptError =>
  promptError('missing_node_type', message, `Node ID '#${id}'`, {
    node_id: id,
    class_type: type,
    node_title: title,
  })

const reject = (error: PromptError): Rejected => ({ error, nodeErrors: {} })

function rootsOf(prompt: Prompt, { registry, targets }: PromptSurroundings): string[] {
  const wanted = targets ? new Set(targets) : undefined
  return Object.entries(prompt)
    .filter(([id, { class_type }]) => registry.get(class_type)?.sink && (!wanted || wanted.has(id)))
    .map(([id]) => id)
}

/** What holds each file that the prompt names. */
async function findFiles(
  prompt: Prompt,
  nodes: ComfyNodes,
  { file }: PromptSurroundings,
): Promise<ReadonlyMap<string, string>> {
  const names = new Set<string>()
  for (const { class_type, inputs } of Object.values(prompt)) {
    for (const input of uploadsOf(class_type, nodes)) {
      const value = unwrap(own(inputs, input.name))
      for (const name of Array.isArray(value) ? value : [value]) if (typeof name === 'string') names.add(name)
    }
  }
  const found = new Map<string, string>()
  for (const name of names) {
    const parsed = parseFileName(name)
    const artifact = parsed && (await file(parsed))
    if (artifact !== undefined) found.set(name, artifact)
  }
  return found
}

function uploadsOf(type: string, nodes: ComfyNodes) {
  try {
    return nodes(type)?.inputs.filter(({ port }) => port.upload) ?? []
  } catch {
    // A definition that throws is reported where it is needed.
    return []
  }
}

/** What is wrong, by node; a node below a faulty one is not blamed. */
function reportOf(visits: ReadonlyMap<string, Visit>, roots: readonly string[], prompt: Prompt): NodeErrorTable {
  const faulty = [...visits.values()].filter(({ errors }) => errors.length > 0).slice(0, MAX_FAULTY_NODES)
  if (faulty.length === 0) return {}
  const below = new Map<string, string[]>()
  for (const { id, above } of visits.values()) {
    for (const source of above) {
      const list = below.get(source)
      if (list) list.push(id)
      else below.set(source, [id])
    }
  }
  return Object.fromEntries(
    faulty.map(({ id, errors }) => {
      // A set is walked in the order of insertion, and this walk meets what it adds.
      const reached = new Set([id])
      for (const node of reached) for (const next of below.get(node) ?? []) reached.add(next)
      const dependent_outputs = roots.filter(root => reached.has(root))
      return [id, { errors, dependent_outputs, class_type: prompt[id]?.class_type ?? '' } satisfies NodeErrors]
    }),
  )
}

function neededNodes(
  targets: readonly string[],
  visits: ReadonlyMap<string, Visit>,
  prompt: Prompt,
): Workflow['nodes'] {
  const needed = new Set(targets)
  for (const id of needed) for (const above of visits.get(id)?.above ?? []) needed.add(above)
  return Object.fromEntries(
    [...needed].map(id => [id, { type: prompt[id]?.class_type ?? '', inputs: visits.get(id)?.inputs ?? {} }]),
  )
}

const keptPrompt = (prompt: Prompt, visits: ReadonlyMap<string, Visit>): Prompt =>
  Object.fromEntries(
    Object.entries(prompt).map(([id, node]) => [id, { ...node, inputs: { ...node.inputs, ...visits.get(id)?.kept } }]),
  )
