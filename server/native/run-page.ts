import type { Owner } from '../access/principal.js'
import type { Run, RunStatus, Store, Where } from '../store/store.js'

/** Which runs a list shows. */
export interface RunFilter {
  readonly limit?: number
  readonly offset?: number
  readonly status?: RunStatus
  readonly favourite?: boolean
  readonly search?: string
}

/** One page of runs, the newest first, and how many there are in all. */
export async function pageOfRuns(
  store: Store,
  owners: readonly Owner[],
  { limit = 50, offset = 0, status, favourite, search }: RunFilter,
): Promise<{ page: readonly Run[]; total: number }> {
  const where: Where<Run> = { owner: owners, ...(status ? { status } : {}) }
  if (!search && favourite === undefined)
    return { page: await store.list('runs', { where, limit, offset }), total: await store.count('runs', where) }
  const sought = search?.toLowerCase() ?? ''
  const matches = ({ name, title = '', favourite: isFavourite = false }: Run) =>
    (favourite === undefined || favourite === isFavourite) && `${name}\n${title}`.toLowerCase().includes(sought)
  const found = (await store.list('runs', { where })).filter(matches)
  return { page: found.slice(offset, offset + limit), total: found.length }
}
