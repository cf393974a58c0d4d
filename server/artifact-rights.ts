import { type Owner, ownerOf, type Principal } from './access/principal.js'
import type { Row, Store } from './store/store.js'

/** The tables whose rows belong to somebody and keep files; those that most files are found in come first. */
export const OWNED_TABLES = ['uploads', 'names', 'runs', 'batches', 'workflows'] as const

/** A row by which somebody may read a file. */
export interface Grant {
  readonly table: (typeof OWNED_TABLES)[number]
  readonly id: string
}

/**
 * Finds a row by which a principal may read an artifact: one of his own that names it, or an anonymous one, for what is
 * anonymous belongs to whoever knows its name.
 */
export async function findGrant(artifact: string, who: Principal, store: Store): Promise<Grant | undefined> {
  for (const table of OWNED_TABLES) {
    const rows = await store.list(table, { where: { owner: readable(who) } })
    const row = rows.find(row => row.artifacts?.includes(artifact))
    if (row) return { table, id: row.id }
  }
  return undefined
}

/** Whether a row that once gave the right is still there and still gives it. */
export async function holds({ table, id }: Grant, artifact: string, who: Principal, store: Store): Promise<boolean> {
  const row: (Row & { readonly owner: Owner }) | undefined = await store.get(table, id)
  return row !== undefined && readable(who).includes(row.owner) && (row.artifacts?.includes(artifact) ?? false)
}

const readable = (who: Principal): readonly Owner[] => [...new Set<Owner>([ownerOf(who), 'anonymous'])]
