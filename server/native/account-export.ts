import type { Owner } from '../access/principal.js'
import { OWNED_TABLES } from '../artifact-rights.js'
import type { Services } from '../services.js'
import type { Row } from '../store/store.js'

/** What somebody owns. */
export interface AccountExport {
  readonly sessions: readonly Row[]
  readonly settings: Readonly<Record<string, unknown>>
  /** The rows of each table. */
  readonly owned: Readonly<Record<string, readonly Row[]>>
  /** For each file that a row names, a link that needs no token. */
  readonly links: Readonly<Record<string, string>>
}

/** Gathers all that a user owns. */
export async function exportAccount(
  { store, links, artifacts }: Pick<Services, 'store' | 'links' | 'artifacts'>,
  user: string,
): Promise<AccountExport> {
  const owner: Owner = `user:${user}`
  const owned: Record<string, readonly Row[]> = {}
  for (const table of OWNED_TABLES) owned[table] = await store.list(table, { where: { owner }, order: 'oldest' })
  const named = Object.values(owned).flatMap(rows => rows.flatMap(row => row.artifacts ?? []))
  const kept = [...new Set(named)].filter(artifact => artifacts.has(artifact))
  return {
    sessions: await store.list('sessions', { where: { user }, order: 'oldest' }),
    settings: (await store.get('settings', owner))?.values ?? {},
    owned,
    links: Object.fromEntries(kept.map(artifact => [artifact, links.sign(`/api/artifacts/${artifact}`)])),
  }
}
