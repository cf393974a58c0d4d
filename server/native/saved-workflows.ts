import { nanoid } from 'nanoid'
import { isArtifactName } from '../../engine/artifacts.js'
import { openParameters } from '../../engine/parameters.js'
import type { Workflow } from '../../engine/workflow.js'
import { mayReach, ownerOf, type Principal } from '../access/principal.js'
import { findGrant } from '../artifact-rights.js'
import { notFound, Refusal } from '../http/refusal.js'
import { removeRows } from '../retention/release.js'
import type { Services } from '../services.js'
import type { SavedWorkflow } from '../store/store.js'

/** The workflows that people save. */
export interface SavedWorkflows {
  /** @throws Refusal 404 */
  find(id: string, who: Principal): Promise<SavedWorkflow>
  /** @throws InvalidWorkflow when its parameters lead nowhere */
  create(who: Principal, name: string, workflow: Workflow): Promise<SavedWorkflow>
  /** Adds a version. @throws Refusal 409 when `seen` is not the newest any more */
  revise(
    id: string,
    who: Principal,
    change: { name?: string; workflow: Workflow; seen?: number },
  ): Promise<SavedWorkflow>
  /** Gives it a link, or takes it away. */
  share(id: string, who: Principal, isShared: boolean): Promise<SavedWorkflow>
  shared(token: string): Promise<SavedWorkflow>
  remove(id: string, who: Principal): Promise<void>
}

/** Opens the saved workflows of a server. */
export function openSavedWorkflows(services: Services): SavedWorkflows {
  const { store, artifacts, registry } = services
  const find: SavedWorkflows['find'] = async (id, who) => {
    const saved = await store.get('workflows', id)
    if (saved && mayReach(who, saved.owner)) return saved
    throw notFound('Workflow')
  }
  const change = async (id: string, who: Principal, make: (saved: SavedWorkflow) => SavedWorkflow) => {
    await find(id, who)
    const saved = await store.update('workflows', id, make)
    if (saved) return saved
    throw notFound('Workflow')
  }
  /** Keeps a document, and names it with the files in it that its owner may read, so that they live as long. */
  const keep = async (workflow: Workflow, who: Principal) => {
    openParameters(workflow, registry)
    const artifact = await artifacts.put(Buffer.from(JSON.stringify(workflow)), 'json')
    return { version: { artifact, createdAt: Date.now() }, kept: [artifact, ...(await filesIn(workflow, who))] }
  }
  const filesIn = async (workflow: Workflow, who: Principal) => {
    const files: string[] = []
    for (const text of textsIn(workflow))
      if (isArtifactName(text) && (await findGrant(text, who, store))) files.push(text)
    return files
  }
  return {
    find,
    create: async (who, name, workflow) => {
      const { version, kept } = await keep(workflow, who)
      const { createdAt } = version
      const saved: SavedWorkflow = {
        id: nanoid(),
        owner: ownerOf(who),
        name,
        versions: [version],
        artifacts: kept,
        createdAt,
        updatedAt: createdAt,
      }
      await store.commit([{ table: 'workflows', create: saved }])
      return saved
    },
    revise: async (id, who, { name, workflow, seen }) => {
      const { version, kept } = await keep(workflow, who)
      return change(id, who, saved => {
        const { length } = saved.versions
        if (seen !== undefined && seen !== length) throw changedMeanwhile(seen, length)
        return {
          ...saved,
          ...(name === undefined ? {} : { name }),
          versions: [...saved.versions, version],
          artifacts: [...new Set([...(saved.artifacts ?? []), ...kept])],
          updatedAt: version.createdAt,
        }
      })
    },
    share: (id, who, isShared) => {
      const token = nanoid(32)
      return change(id, who, ({ share, ...saved }) => (isShared ? { ...saved, share: share ?? token } : saved))
    },
    shared: async token => {
      const [saved] = await store.list('workflows', { where: { share: token }, limit: 1 })
      if (saved) return saved
      throw notFound('Workflow')
    },
    remove: async (id, who) => removeRows([{ table: 'workflows', row: await find(id, who) }], services),
  }
}

const changedMeanwhile = (seen: number, newest: number) =>
  new Refusal(
    409,
    'changed-meanwhile',
    `The workflow is at version ${newest} by now, and you saw ${seen}; look at it again before you save.`,
  )

/** All texts in a document, wherever they stand. */
function textsIn(document: unknown): Set<string> {
  const texts = new Set<string>()
  const open: unknown[] = [document]
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (typeof item === 'string') texts.add(item)
    else if (typeof item === 'object' && item !== null)
      open.push(...Object.values(item).filter(inner => inner !== undefined))
  }
  return texts
}
