import { type Change, Conflict, type Query, type Row, TABLES, type Tables, type Where } from './store.js'

/** All rows by table and id, in the order of their creation: that of a Map. */
export type Data = { readonly [N in keyof Tables]: Map<string, Tables[N]> }

export const emptyData = (): Data => Object.fromEntries(TABLES.map(table => [table, new Map()])) as unknown as Data

/** A change as the journal writes it, and as a later start reads it: rows are frozen, and no longer the caller's. */
export interface Prepared {
  readonly json: string
  readonly change: Change
}

/** Parts a change from its caller. @throws for what is not JSON, such as a bigint. */
export function prepare(change: Change): Prepared {
  const json = JSON.stringify(change)
  return { json, change: freeze(JSON.parse(json)) }
}

/** Makes one change. @throws for a table that this version does not have. */
export function apply(data: Data, change: Change): void {
  const rows = data[change.table] as Map<string, Row> | undefined
  if (!rows) throw new Error(`there is no table "${change.table}" in this version`)
  const row = rowOf(change)
  if (row) rows.set(row.id, row)
  else if ('remove' in change) rows.delete(change.remove)
}

/** Rows are handed to everybody; a caller that changed one would change the store behind the journal's back. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}

/** What is to be kept next: checked against what is kept and what was staged before it, seen by nobody yet. */
export interface Draft {
  readonly staged: readonly Prepared[]
  get<N extends keyof Tables>(table: N, id: string): Tables[N] | undefined
  /** Stages all of the changes or none. @throws Conflict */
  stage(changes: readonly Prepared[]): void
}

/** Begins a draft over rows that are kept. */
export function draftOver(data: Data): Draft {
  const staged: Prepared[] = []
  const above = new Map<string, Row | undefined>()
  const key = (table: keyof Tables, id: string) => `${table}/${id}`
  const get = (table: keyof Tables, id: string) =>
    above.has(key(table, id)) ? above.get(key(table, id)) : data[table].get(id)
  return {
    staged,
    get: get as Draft['get'],
    stage: changes => {
      const fresh = new Map<string, Row | undefined>()
      for (const { change } of changes) {
        const { table } = change
        const id = 'remove' in change ? change.remove : rowOf(change)!.id
        if ('create' in change && (fresh.has(key(table, id)) ? fresh.get(key(table, id)) : get(table, id)))
          throw new Conflict(`There is a row "${id}" in "${table}" already; create it under another id.`)
        fresh.set(key(table, id), rowOf(change))
      }
      for (const [key, row] of fresh) above.set(key, row)
      staged.push(...changes)
    },
  }
}

/** The row that a change leaves. */
export const rowOf = (change: Change): Row | undefined =>
  'create' in change ? change.create : 'put' in change ? change.put : undefined

/** The rows that a query asks for. */
export function select<R extends Row>(rows: ReadonlyMap<string, R>, query: Query<R> = {}): readonly R[] {
  const { where, order = 'newest', offset = 0, limit = Number.POSITIVE_INFINITY } = query
  const found = where ? matching(rows, where) : [...rows.values()]
  if (order === 'newest') found.reverse()
  return found.slice(offset, offset + limit)
}

/** The rows of which each named field has the value, or one of the values. */
export function matching<R extends Row>(rows: ReadonlyMap<string, R>, where: Where<R>): R[] {
  const wanted = Object.entries(where) as [keyof R, unknown][]
  const found: R[] = []
  for (const row of rows.values()) {
    if (wanted.every(([field, value]) => (Array.isArray(value) ? value.includes(row[field]) : row[field] === value)))
      found.push(row)
  }
  return found
}
