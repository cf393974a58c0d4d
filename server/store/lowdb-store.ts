import * as fs from 'node:fs/promises'
import { Low } from 'lowdb'
import { messageOf } from '../../engine/errors.js'
import type { FileOperations } from './files.js'
import { journaledAdapter } from './journaled-adapter.js'
import type { Change, Store } from './store.js'
import { apply, type Data, type Draft, draftOver, emptyData, matching, prepare, rowOf, select } from './tables.js'

export interface LowdbStoreOptions {
  /** Hears of damage that was repaired, and of snapshots that could not be written. */
  log(message: string): void
  /** The disk, by default the real one. */
  readonly files?: FileOperations
  /** Length of a journal from which on a snapshot may be worth it. */
  readonly journalBytes?: number
}

/** A change that waits for the disk. */
interface Waiting {
  /** Stages the change and answers what its caller is told once the disk has it. @throws what he is told instead. */
  stage(draft: Draft): unknown
  resolve(answer: never): void
  reject(error: unknown): void
}

/** Changes that share one line of the journal, at most. */
const GROUP = 1000

/**
 * Opens the store of a folder: all rows in memory, in lowdb, and every change in a journal before it is answered.
 * Only one process may have it open.
 * @throws when the folder's files are damaged beyond what they can make good themselves.
 */
export async function openLowdbStore(
  folder: string,
  { log, files = fs, journalBytes = 4 * 2 ** 20 }: LowdbStoreOptions,
): Promise<Store> {
  const adapter = journaledAdapter(folder, { log, files, journalBytes })
  const db = new Low<Data>(adapter, emptyData())
  await db.read()
  const waiting: Waiting[] = []
  /** Told of the next snapshot. */
  const wanting: ((written: unknown) => void)[] = []
  let keeping: Promise<void> | undefined
  let writing: Promise<void> | undefined
  let closed = false

  /** Takes what came while the disk was busy as one, again and again: what is seen is always on the disk. */
  const keepAll = async () => {
    while (waiting.length + wanting.length > 0) {
      await keep(db.data, waiting.splice(0, GROUP), append)
      // Only here, between two groups, are the rows those that the journal ends with.
      if (wanting.length > 0 || adapter.isDue()) writing ??= snapshot()
      for (const resolve of wanting.splice(0)) resolve(writing)
    }
    keeping = undefined
  }
  const append = (changes: readonly string[]) =>
    adapter.append(changes).catch(cause => {
      const cure = 'Nothing of it was made; see that the disk works and has room, and try again'
      throw new Error(`The store in ${folder} could not keep a change: ${messageOf(cause)}. ${cure}.`, { cause })
    })
  const snapshot = () =>
    db
      .write()
      .catch(error => log(`The store in ${folder} goes on without a new snapshot: ${messageOf(error)}.`))
      .finally(() => {
        writing = undefined
      })
  const refuseClosed = () => {
    if (closed) throw new Error(`The store in ${folder} is closed; open it again to change it.`)
  }
  /** Resolves when a snapshot is written that was begun after the call. */
  const snapshotNow = async () => {
    await writing
    await new Promise(resolve => {
      refuseClosed()
      wanting.push(resolve)
      keeping ??= keepAll()
    })
  }
  const ask = <T>(stage: (draft: Draft) => T) =>
    new Promise<T>((resolve, reject) => {
      refuseClosed()
      waiting.push({ stage, resolve, reject })
      keeping ??= keepAll()
    })

  return {
    get: async (table, id) => db.data[table].get(id),
    list: async (table, query) => select(db.data[table], query),
    count: async (table, where) => (where ? matching(db.data[table], where).length : db.data[table].size),
    commit: async changes => {
      const prepared = changes.map(prepare)
      if (prepared.length > 0) await ask(draft => draft.stage(prepared))
    },
    update: (table, id, change) =>
      ask(draft => {
        const row = draft.get(table, id)
        const next = row && change(row)
        if (!next) return undefined
        if (next.id !== id)
          throw new Error(`The row "${id}" of "${table}" cannot become "${next.id}"; create that one.`)
        const prepared = prepare({ table, put: next } as Change)
        draft.stage([prepared])
        return rowOf(prepared.change) as typeof next
      }),
    // Twice, for the last two generations are kept.
    compact: async () => {
      await snapshotNow()
      await snapshotNow()
    },
    close: async () => {
      closed = true
      await keeping
      await writing
      await adapter.close()
    },
  }
}

/** Checks changes one after the other, puts those that pass on the disk together, then lets everybody see them. */
async function keep(data: Data, asked: readonly Waiting[], append: (changes: readonly string[]) => Promise<void>) {
  const draft = draftOver(data)
  // Even a conflict is told only then: it may be with a change that the disk does not take.
  const answers = asked.map(({ stage, resolve, reject }) => {
    try {
      const answer = stage(draft)
      return () => resolve(answer as never)
    } catch (error) {
      return () => reject(error)
    }
  })
  try {
    if (draft.staged.length > 0) await append(draft.staged.map(({ json }) => json))
  } catch (error) {
    for (const { reject } of asked) reject(error)
    return
  }
  for (const { change } of draft.staged) apply(data, change)
  for (const answer of answers) answer()
}
