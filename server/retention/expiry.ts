import type { ServerConfig } from '../server-config.js'
import type { Batch, Run, Store } from '../store/store.js'
import type { OwnedRow } from './release.js'

const DAY_MS = 86_400_000
/** What has just come is about to be used. */
const FRESH_MS = 3_600_000

/** Rows that may go at all, those first that go first: results, then what was uploaded; each the oldest first. */
async function expendable(store: Store): Promise<readonly OwnedRow[]> {
  const list = { order: 'oldest' } as const
  const runs = (await store.list('runs', list)).filter(hasEnded).map(row => ({ table: 'runs', row }) as const)
  const live = new Set((await store.list('runs', { where: { status: ['queued', 'running'] } })).map(({ id }) => id))
  const goesOn = ({ tasks }: Batch) => tasks.some(({ run = '' }) => live.has(run))
  const batches = (await store.list('batches', list))
    .filter(batch => !goesOn(batch))
    .map(row => ({ table: 'batches', row }) as const)
  const uploads = (await store.list('uploads', list)).map(row => ({ table: 'uploads', row }) as const)
  // What a client keeps under 'user' are its settings and workflows, not results.
  const names = (await store.list('names', list))
    .filter(({ folder }) => folder !== 'user')
    .map(row => ({ table: 'names', row }) as const)
  return [...byTime([...runs, ...batches]), ...byTime([...uploads, ...names])]
}

const hasEnded = ({ status }: Run) => status !== 'queued' && status !== 'running'

const timeOf = ({ row }: OwnedRow) =>
  'endedAt' in row ? (row.endedAt ?? row.createdAt) : 'updatedAt' in row ? row.updatedAt : row.createdAt

const byTime = <R extends OwnedRow>(rows: readonly R[]) => [...rows].sort((a, b) => timeOf(a) - timeOf(b))

/**
 * Rows older than so many days; none for 0. Saved workflows stay, but on a public server, where those of nobody known
 * would grow for ever.
 */
export async function tooOld(
  store: Store,
  { keepDays, access }: Pick<ServerConfig, 'keepDays' | 'access'>,
  now: number,
): Promise<readonly OwnedRow[]> {
  if (keepDays === 0) return []
  const strangers = access === 'public' ? await store.list('workflows', { where: { owner: 'anonymous' } }) : []
  const rows = [...(await expendable(store)), ...strangers.map(row => ({ table: 'workflows', row }) as const)]
  return rows.filter(row => timeOf(row) < now - keepDays * DAY_MS)
}

/** The rows to remove, the oldest first, until what is over the limit is free; none for a limit of 0. */
export async function tooMuch(
  store: Store,
  limit: number,
  sizes: ReadonlyMap<string, number>,
  now: number,
): Promise<readonly OwnedRow[]> {
  let over = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0) - limit
  if (limit === 0 || over <= 0) return []
  const uses = await countUses(store)
  const going: OwnedRow[] = []
  for (const owned of await expendable(store)) {
    if (over <= 0) break
    if (timeOf(owned) > now - FRESH_MS && owned.table !== 'runs') continue
    going.push(owned)
    for (const artifact of new Set(owned.row.artifacts)) {
      const left = (uses.get(artifact) ?? 0) - 1
      uses.set(artifact, left)
      if (left === 0) over -= sizes.get(artifact) ?? 0
    }
  }
  return going
}

/** How many rows name each artifact. */
async function countUses(store: Store): Promise<Map<string, number>> {
  const uses = new Map<string, number>()
  for (const table of ['uploads', 'names', 'runs', 'batches', 'workflows'] as const)
    for (const { artifacts } of await store.list(table))
      for (const artifact of new Set(artifacts)) uses.set(artifact, (uses.get(artifact) ?? 0) + 1)
  return uses
}
