import type { Artifacts } from '../../engine/artifacts.js'
import { checkWorkflow, parseWorkflow, type Workflow } from '../../engine/workflow.js'
import { mayReach, type Principal } from '../access/principal.js'
import { refuseTooLarge } from '../document-size.js'
import { readShipped, shippedWorkflows } from '../documents.js'
import { notFound } from '../http/refusal.js'
import type { Call } from '../http/route.js'
import type { SavedWorkflow, Store } from '../store/store.js'
import { listedOwners } from './lists.js'

/** A workflow that is known here by a name. */
export interface KnownWorkflow {
  /** A shipped one's name, or a saved one's id. */
  readonly id: string
  readonly workflow: Workflow
  /** Of the version that `workflow` is, counted from 1; a shipped one has one. */
  readonly version: number
  readonly saved?: SavedWorkflow
}

/** Finds workflows: those that come with the program, and those that people saved. */
export interface Documents {
  readonly shipped: readonly string[]
  /** By a shipped one's name or a saved one's id. @throws Refusal 404 */
  get(id: string, who: Principal, version?: number): Promise<KnownWorkflow>
  /** The same, and by the name that the caller gave one of his own. @throws Refusal 404 */
  named(name: string, call: Call): Promise<KnownWorkflow>
  /** @throws Refusal 404 when there is no such version */
  read(saved: SavedWorkflow, version?: number): Promise<KnownWorkflow>
}

/** Opens the workflows of a server. Names are looked up in lists, and never become paths. */
export function openDocuments({ store, artifacts }: { store: Store; artifacts: Artifacts }): Documents {
  const shipped = shippedWorkflows()
  const read = async (saved: SavedWorkflow, version = saved.versions.length): Promise<KnownWorkflow> => {
    const kept = saved.versions[version - 1]
    if (!kept) throw notFound('Version')
    const text = Buffer.from(await artifacts.read(kept.artifact)).toString('utf8')
    return { id: saved.id, workflow: parseWorkflow(text), version, saved }
  }
  const get: Documents['get'] = async (id, who, version) => {
    if (shipped.includes(id) && (version ?? 1) === 1)
      return { id, workflow: (await readShipped(id)).workflow, version: 1 }
    const saved = await store.get('workflows', id)
    if (!saved || !mayReach(who, saved.owner)) throw notFound('Workflow')
    return read(saved, version)
  }
  return {
    shipped,
    get,
    read,
    named: async (name, call) => {
      const [own] = await store.list('workflows', { where: { owner: listedOwners(call), name }, limit: 1 })
      return own && !shipped.includes(name) ? read(own) : get(name, call.who)
    },
  }
}

/**
 * A document from outside.
 * @throws InvalidWorkflow with every fault, Refusal 413 when it is larger than any workflow.
 */
export function readWorkflow(document: unknown): Workflow {
  const workflow = checkWorkflow(document)
  refuseTooLarge(JSON.stringify(workflow))
  return workflow
}
