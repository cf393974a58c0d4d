import fc from 'fast-check'
import type { Change, Settings, Store } from '../../server/store/store.js'

/** Something that is asked of a store. An update adds to a row, or answers nothing if `by` is 0. */
export type Act =
  | { readonly act: 'commit'; readonly changes: readonly Change[] }
  | { readonly act: 'update'; readonly table: Table; readonly id: string; readonly by: number }
  | { readonly act: 'compact' }

/** Acts that are asked for at once, or closing and opening again. */
export type Step = readonly Act[] | 'reopen'

/** Two tables are enough to tell them apart; their rows have the same form. */
type Table = 'settings' | 'batches'
const TABLES = ['settings', 'batches'] as const

const table = fc.constantFrom(...TABLES)
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const row = fc.tuple(id, fc.nat(9)).map(([id, n]): Settings => ({ id, values: { n } }))
const change = fc
  .tuple(table, fc.constantFrom('create', 'put', 'remove'), row)
  .map(([table, verb, row]) => ({ table, [verb]: verb === 'remove' ? row.id : row }) as unknown as Change)
const commit = fc.record({
  act: fc.constant('commit' as const),
  changes: fc.array(change, { minLength: 1, maxLength: 4 }),
})
const update = fc.record({ act: fc.constant('update' as const), table, id, by: fc.nat(2) })
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: commit },
  { weight: 4, arbitrary: update },
  fc.constant({ act: 'compact' as const }),
)

/** Random steps on few rows, so that they meet. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 5, arbitrary: fc.array(act, { minLength: 1, maxLength: 6 }) }, fc.constant('reopen' as const)),
  { maxLength: 25 },
)

const increased = (row: Settings, by: number): Settings => ({ ...row, values: { n: (row.values.n as number) + by } })

/** Asks a store; answers 'kept', 'Conflict', the row, or nothing. */
export async function perform(store: Store, act: Act): Promise<unknown> {
  if (act.act === 'compact') return store.compact()
  if (act.act === 'update')
    return store.update(act.table as 'settings', act.id, row => (act.by === 0 ? undefined : increased(row, act.by)))
  return store.commit(act.changes).then(
    () => 'kept',
    ({ name }) => name,
  )
}

/** What a store has to be like, in the plainest way: lists of rows, oldest first. */
export function storeModel() {
  let rows: { table: string; row: Settings }[] = []
  const change = (now: typeof rows, change: Change): typeof rows | undefined => {
    const given = ('create' in change ? change.create : 'put' in change ? change.put : undefined) as
      | Settings
      | undefined
    const id = 'remove' in change ? change.remove : given!.id
    const place = now.findIndex(({ table, row }) => table === change.table && row.id === id)
    if (!given) return now.filter((_, other) => other !== place)
    if (place < 0) return [...now, { table: change.table, row: given }]
    return 'create' in change ? undefined : now.with(place, { table: change.table, row: given })
  }
  return {
    rows: (wanted: string) => rows.filter(({ table }) => table === wanted).map(({ row }) => row),
    perform: (act: Act): unknown => {
      if (act.act === 'compact') return undefined
      if (act.act === 'commit') {
        const next = act.changes.reduce<typeof rows | undefined>((now, each) => now && change(now, each), rows)
        rows = next ?? rows
        return next ? 'kept' : 'Conflict'
      }
      const found = rows.find(({ table, row }) => table === act.table && row.id === act.id)
      if (!found || act.by === 0) return undefined
      const row = increased(found.row, act.by)
      rows = rows.map(entry => (entry === found ? { table: act.table, row } : entry))
      return row
    },
  }
}

/** All rows of a store as the model has them. */
export const rowsOf = async (store: Store) =>
  Object.fromEntries(
    await Promise.all(TABLES.map(async table => [table, await store.list(table, { order: 'oldest' })] as const)),
  )

/** All rows of a model as a store has them. */
export const rowsOfModel = (model: ReturnType<typeof storeModel>) =>
  Object.fromEntries(TABLES.map(table => [table, model.rows(table)]))
