import { type Artifacts, isArtifactName } from '../engine/artifacts.js'
import { show } from '../engine/check.js'
import { findPort } from '../engine/component-port.js'
import { InvalidWorkflow, type Issue } from '../engine/errors.js'
import type { Registry } from '../engine/registry.js'
import { type Input, isLink, type Workflow, type WorkflowNode } from '../engine/workflow.js'
import { mayReach, type Principal } from './access/principal.js'
import { findGrant } from './artifact-rights.js'
import type { Store } from './store/store.js'

interface Parts {
  readonly registry: Registry
  readonly artifacts: Artifacts
  readonly store: Store
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Puts artifacts in the places of uploads' ids in the file inputs of a workflow, and answers all artifacts that it
 * names. Only what `who` may read is taken, and nothing is ever looked for on the server's disk. A text that names an
 * artifact counts wherever it stands, for a link may lead it to a node that reads.
 * @throws InvalidWorkflow with a fault for each file that cannot be taken.
 */
export async function resolveInputs(
  workflow: Workflow,
  who: Principal,
  parts: Parts,
): Promise<{ workflow: Workflow; artifacts: readonly string[] }> {
  const issues: Issue[] = []
  const named = new Set<string>()
  const file = fileFinder(who, parts)

  const resolveText = async (text: string, isFile: boolean, place: Place): Promise<string> => {
    if (text === '' || !(isFile || isArtifactName(text))) return text
    const artifact = await file(text)
    if (artifact === undefined) issues.push(unknownFile(text, place))
    else named.add(artifact)
    return artifact ?? text
  }
  const resolve = async (value: Input, isFile: boolean, place: Place): Promise<Input> => {
    if (typeof value === 'string') return resolveText(value, isFile, place)
    if (!isList(value)) return value
    const items: Input[] = []
    for (const item of value) items.push(await resolve(item, isFile, place))
    return items
  }
  const resolveNode = async (id: string, node: WorkflowNode): Promise<WorkflowNode> => {
    // What never runs needs no file: an old workflow may keep a muted branch whose picture is long gone.
    if (node.mute || !node.inputs) return node
    const inputs = await mapValues(node.inputs, (value, input) => {
      const isFile = findPort(workflow, parts.registry, node.type, 'inputs', input)?.upload !== undefined
      return resolve(value, isFile, { node: id, type: node.type, input })
    })
    return { ...node, inputs }
  }
  const resolveAll = (nodes: Workflow['nodes']) => mapValues(nodes, (node, id) => resolveNode(id, node))

  const nodes = await resolveAll(workflow.nodes)
  const components = await mapValues(workflow.components ?? {}, async component => ({
    ...component,
    nodes: await resolveAll(component.nodes),
  }))
  if (issues.length > 0) throw new InvalidWorkflow(issues)
  return { workflow: { ...workflow, nodes, ...(workflow.components ? { components } : {}) }, artifacts: [...named] }
}

/** Answers the artifact that a text stands for, if `who` may read it; each text is looked up once. */
function fileFinder(who: Principal, { artifacts, store }: Parts) {
  const find = async (text: string): Promise<string | undefined> => {
    if (isArtifactName(text)) return artifacts.has(text) && (await findGrant(text, who, store)) ? text : undefined
    const upload = UUID.test(text) ? await store.get('uploads', text.toLowerCase()) : undefined
    return upload && mayReach(who, upload.owner) && artifacts.has(upload.artifact) ? upload.artifact : undefined
  }
  const found = new Map<string, Promise<string | undefined>>()
  return (text: string) => {
    const known = found.get(text) ?? find(text)
    found.set(text, known)
    return known
  }
}

interface Place {
  readonly node: string
  readonly type: string
  readonly input: string
}

function unknownFile(text: string, { node, type, input }: Place): Issue {
  const isReference = isArtifactName(text) || UUID.test(text)
  const fault = isReference
    ? `names the file ${text.slice(0, 12)}…, which is not here or not yours; upload it again`
    : `must name a file that was uploaded, by its id or its artifact's name, got ${show(text)}; upload the file first`
  return { code: 'unknown-file', node, input, message: `Input "${input}" of node "${node}" (${type}) ${fault}.` }
}

const isList = (value: Input): value is readonly Input[] => Array.isArray(value) && !isLink(value)

/** One after the other, so that faults come in the document's order. */
async function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A, name: string) => Promise<B>,
): Promise<Record<string, B>> {
  const entries: [string, B][] = []
  for (const [name, value] of Object.entries(record)) entries.push([name, await change(value, name)])
  return Object.fromEntries(entries)
}
