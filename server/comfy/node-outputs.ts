import type { PlainOutputs } from '../../engine/plain.js'
import type { Report } from '../report.js'
import type { Place } from './place.js'
import type { NodeOutput, PromptEnd, ShownImage, StoppedNode } from './prompt-run.js'

/** A file of a node under ComfyUI's name. */
export interface PlacedFile {
  readonly node: string
  readonly place: Place
}

/** What is told of a prompt whose report and files are given. */
export function promptEnd(report: Report | undefined, files: readonly PlacedFile[]): PromptEnd {
  const stopped = report && stoppedNode(report)
  return { outputs: outputsOf(report, files), ...nodeLists(report), ...(stopped ? { stopped } : {}) }
}

/** Which nodes ran, and which did not have to. */
export function nodeLists(report: Report | undefined): Pick<PromptEnd, 'cached' | 'executed'> {
  const nodes = Object.entries(report?.nodes ?? {})
  const inState = (...states: string[]) => nodes.flatMap(([id, { state }]) => (states.includes(state) ? [id] : []))
  return { cached: inState('cached', 'unneeded'), executed: inState('ran') }
}

function outputsOf(report: Report | undefined, files: readonly PlacedFile[]): Record<string, NodeOutput> {
  const results = report?.results ?? {}
  const nodes = [...new Set([...files.map(({ node }) => node), ...Object.keys(results)])]
  const outputs = nodes.map(node => {
    const places = files.flatMap(file => (file.node === node ? [file.place] : []))
    return [node, nodeOutput(places, results[node])] as const
  })
  return Object.fromEntries(outputs.filter(([, output]) => showsSomething(output)))
}

/** What one node shows: its pictures, in order, and as text what else it answered. */
export function nodeOutput(places: readonly Place[], results: PlainOutputs = {}): NodeOutput {
  const images = places.map(
    ({ folder, subfolder, name }): ShownImage => ({
      filename: name,
      subfolder,
      type: folder === 'temp' ? 'temp' : 'output',
    }),
  )
  const text = textsOf(results)
  return { ...(images.length > 0 ? { images } : {}), ...(text.length > 0 ? { text } : {}) }
}

/** Whether there is anything to be told: ComfyUI tells nothing of nodes that show nothing. */
export const showsSomething = (output: NodeOutput): boolean => Object.keys(output).length > 0

/** What is shown of a node stays with the run; the whole is in its report. */
const MOST_LINES = 200
const MOST_LETTERS = 10_000

/** Numbers and texts as lines: a single one bare, several each with its name. */
function textsOf(results: PlainOutputs): string[] {
  const facts = Object.entries(results).flatMap(([name, value]) => factsOf(name, value))
  const lines = facts.length === 1 ? facts.map(([, text]) => text) : facts.map(([name, text]) => `${name}: ${text}`)
  return lines.slice(0, MOST_LINES).map(line => line.slice(0, MOST_LETTERS))
}

function factsOf(name: string, value: unknown): [name: string, text: string][] {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return [[name, String(value)]]
  if (Array.isArray(value)) return value.flatMap((item, index) => factsOf(`${name} ${index + 1}`, item))
  if (typeof value !== 'object' || value === null || 'artifact' in value) return []
  return Object.entries(value).flatMap(([inner, item]) => factsOf(inner, item))
}

function stoppedNode({ failures, nodes, values }: Report): StoppedNode | undefined {
  const [failure] = failures
  const cancelled = Object.entries(nodes).find(([, { state }]) => state === 'cancelled')
  if (!failure && !cancelled) return undefined
  const node = failure?.node ?? cancelled?.[0] ?? ''
  const inputs = Object.entries(values[node] ?? {}).map(([name, value]) => [name, [shown(value)]])
  return {
    node,
    type: nodes[node]?.type ?? '',
    message: failure?.message ?? 'The run was interrupted.',
    inputs: Object.fromEntries(inputs),
  }
}

const shown = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 500)
