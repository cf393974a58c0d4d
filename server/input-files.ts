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
  const asked: { readonly text: string; readonly place: Place }[] = []
  mapFiles(workflow, parts.registry, (text, place) => {
    asked.push({ text, place })
    return text
  })
  const issues: Issue[] = []
  const found = new Map<string, string>()
  const find = fileFinder(who, parts)
  // One after the other, so that faults come in the document's order.
  for (const { text, place } of asked) {
    const artifact = await find(text)
    if (artifact === undefined) issues.push(unknownFile(text, place))
    else found.set(text, artifact)
  }
  if (issues.length > 0) throw new InvalidWorkflow(issues)
  return {
    workflow: mapFiles(workflow, parts.registry, text => found.get(text) ?? text),
    artifacts: [...new Set(found.values())],
  }
}

/** The workflow with its files' names changed; what does not change is not copied, and most of a workflow names none. */
function mapFiles(workflow: Workflow, registry: Registry, change: (text: string, place: Place) => string): Workflow {
  const isFile = ({ type, input }: Place) => findPort(workflow, registry, type, 'inputs', input)?.upload !== undefined
  const mapInput = (value: Input, place: Place): Input => {
    if (isList(value)) return mapList(value, item => mapInput(item, place))
    if (typeof value !== 'string' || value === '') return value
    return isArtifactName(value) || isFile(place) ? change(value, place) : value
  }
  const mapNode = (node: WorkflowNode, id: string): WorkflowNode => {
    // What never runs needs no file: an old workflow may keep a muted branch whose picture is long gone.
    if (node.mute || !node.inputs) return node
    const inputs = mapValues(node.inputs, (value, input) => mapInput(value, { node: id, type: node.type, input }))
    return inputs === node.inputs ? node : { ...node, inputs }
  }
  const nodes = mapValues(workflow.nodes, mapNode)
  if (!workflow.components) return nodes === workflow.nodes ? workflow : { ...workflow, nodes }
  const components = mapValues(workflow.components, component => ({
    ...component,
    nodes: mapValues(component.nodes, mapNode),
  }))
  return { ...workflow, nodes, components }
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

/** The same record if nothing changes. */
function mapValues<T>(
  record: Readonly<Record<string, T>>,
  change: (value: T, name: string) => T,
): Readonly<Record<string, T>> {
  let changed: Record<string, T> | undefined
  for (const name of Object.keys(record)) {
    const value = record[name] as T
    const next = change(value, name)
    if (next === value) continue
    changed ??= { ...record }
    changed[name] = next
  }
  return changed ?? record
}

/** The same list if nothing changes. */
function mapList<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  const changed = list.map(change)
  return changed.some((item, index) => item !== list[index]) ? changed : list
}
