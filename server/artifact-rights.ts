import { type Owner, ownerOf, type Principal } from './access/principal.js'
import type { Row, Store } from './store/store.js'

/** The tables whose rows belong to somebody and keep files; those that most files are found in come first. */
export const OWNED_TABLES = ['uploads', 'names', 'runs', 'batches', 'workflows'] as const

/** A row by which somebody may read a file. */
export interface Grant {
  readonly table: (typeof OWNED_TABLES)[number]
  readonly id: string
  readonly owner: Owner
}

/**
 * Finds a row by which a principal may read an artifact: one of his own that names it, or an anonymous one, for what is
 * anonymous belongs to whoever knows its name.
 */
export async function findGrant(artifact: string, who: Principal, store: Store): Promise<Grant | undefined> {
  for (const table of OWNED_TABLES) {
    const rows = await store.list(table, { where: { owner: readable(who) } })
    const row = rows.find(row => row.artifacts?.includes(artifact))
    if (row) return { table, id: row.id, owner: row.owner }
  }
  return undefined
}

/** Remembers by which rows files were read, for looking through all rows costs more than sending a file. */
export interface Rights {
  grant(artifact: string, who: Principal): Promise<Grant | undefined>
}

const REMEMBERED = 10_000

/** Opens the memory of rights. A right that is remembered is looked up again: its row may be gone. */
export function openRights(store: Store): Rights {
  const found = new Map<string, Grant>()
  return {
    grant: async (artifact, who) => {
      const key = `${ownerOf(who)} ${artifact}`
      const known = found.get(key)
      if (known && (await holds(known, artifact, who, store))) return known
      found.delete(key)
      const grant = await findGrant(artifact, who, store)
      if (grant) found.set(key, grant)
      for (const oldest of found.keys()) {
        if (found.size <= REMEMBERED) break
        found.delete(oldest)
      }
      return grant
    },
  }
}

async function holds({ table, id }: Grant, artifact: string, who: Principal, store: Store): Promise<boolean> {
  const row: (Row & { readonly owner: Owner }) | undefined = await store.get(table, id)
  return row !== undefined && readable(who).includes(row.owner) && (row.artifacts?.includes(artifact) ?? false)
}

const readable = (who: Principal): readonly Owner[] => [...new Set<Owner>([ownerOf(who), 'anonymous'])]
