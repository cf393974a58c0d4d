import { encodeLine } from './lines.js'
import type { Change, Row, Tables } from './store.js'
import type { Data } from './tables.js'

/*
 * The files of a store. Generation 1 begins with nothing, each later one with a snapshot of what there was when its
 * journal began:
 *
 *   1.journal ─── 2.journal ─── 3.journal         commits 1–80, 81–200, from 201 on
 *                 2.snapshot    3.snapshot        after commit 80, after commit 200
 *
 * A snapshot holds what its predecessor and the journal between them make. So two ways lead to the present, and the
 * last two generations are kept: 3.snapshot with 3.journal, or 2.snapshot with 2.journal and 3.journal.
 */

/** The generation that needs no snapshot. */
export const FIRST = 1
export const FORMAT = 1

export type Kind = 'journal' | 'snapshot'

/** The first line of every file. */
export interface Header {
  readonly format: number
  readonly kind: Kind
  readonly generation: number
  /** The number of the last commit before the file. */
  readonly after: number
}

/** A later line of a journal: commits that go to the disk together, as one line, for one checksum then tells if all did. */
export interface JournalLine {
  readonly commit: number
  readonly changes: readonly Change[]
}

/** A later line of a snapshot: some rows, or, as its last, the number of all rows. */
export type SnapshotLine = { readonly table: keyof Tables; readonly rows: readonly Row[] } | { readonly end: number }

export const fileName = (generation: number, kind: Kind): string => `${generation}.${kind}`
const NAME = /^([1-9]\d*)\.(journal|snapshot)$/

/** Those of some file names that are of a store. */
export const storeFiles = (names: readonly string[]) =>
  names.flatMap(name => {
    const [, generation, kind] = NAME.exec(name) ?? []
    return generation ? [{ name, generation: Number(generation), kind: kind as Kind }] : []
  })

const line = (content: Header | SnapshotLine): Buffer => encodeLine(JSON.stringify(content))

export const headerLine = (kind: Kind, generation: number, after: number): Buffer =>
  line({ format: FORMAT, kind, generation, after })

/** A journal's line of changes that are JSON already. */
export const journalLine = (commit: number, changes: readonly string[]): Buffer =>
  encodeLine(`{"commit":${commit},"changes":[${changes.join(',')}]}`)

/** Rows of one line: enough for lines to cost little, few enough not to hold up the event loop. */
const ROWS = 200

/** The lines of a snapshot of this very moment; they are made as they are asked for. */
export function snapshotLines(data: Data, generation: number, after: number): Iterable<Buffer> {
  const tables = Object.entries(data).map(([table, rows]) => [table as keyof Tables, [...rows.values()]] as const)
  return (function* () {
    yield headerLine('snapshot', generation, after)
    for (const [table, rows] of tables) {
      for (let from = 0; from < rows.length; from += ROWS) yield line({ table, rows: rows.slice(from, from + ROWS) })
    }
    yield line({ end: tables.reduce((sum, [, rows]) => sum + rows.length, 0) })
  })()
}
