import type { Report } from '../report.js'
import type { RunFile } from '../store/store.js'
import type { Place } from './place.js'
import type { NodeOutput, PromptEnd, ShownImage, StoppedNode } from './prompt-run.js'

/** What is told of a prompt whose report is given; `places` are those of its files, in order. */
export function promptEnd(report: Report | undefined, files: readonly RunFile[], places: readonly Place[]): PromptEnd {
  const stopped = report && stoppedNode(report)
  return { outputs: outputsOf(report, files, places), ...nodeLists(report), ...(stopped ? { stopped } : {}) }
}

/** Which nodes ran, and which did not have to. */
export function nodeLists(report: Report | undefined): Pick<PromptEnd, 'cached' | 'executed'> {
  const nodes = Object.entries(report?.nodes ?? {})
  const inState = (...states: string[]) => nodes.flatMap(([id, { state }]) => (states.includes(state) ? [id] : []))
  return { cached: inState('cached', 'unneeded'), executed: inState('ran') }
}

function outputsOf(report: Report | undefined, files: readonly RunFile[], places: readonly Place[]) {
  const outputs: Record<string, Record<string, unknown[]>> = {}
  for (const [index, { node }] of files.entries()) {
    const { folder, subfolder, name } = places[index] as Place
    const image: ShownImage = { filename: name, subfolder, type: folder === 'temp' ? 'temp' : 'output' }
    const output = (outputs[node] ??= {})
    const images = (output.images ??= [])
    images.push(image)
  }
  for (const [node, results] of Object.entries(report?.results ?? {})) {
    const text = textsOf(results)
    if (text.length > 0) (outputs[node] ??= {}).text = text
  }
  return outputs satisfies Readonly<Record<string, NodeOutput>>
}

/** What is shown of a node stays with the run; the whole is in its report. */
const MOST_LINES = 200
const MOST_LETTERS = 10_000

/** Numbers and texts as lines: a single one bare, several each with its name. */
function textsOf(results: Readonly<Record<string, unknown>>): string[] {
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
