import { dirname, join } from 'node:path'
import type { Adapter } from 'lowdb'
import { type FileOperations, type GrowingFile, openGrowing, syncFolder, writeDurably } from './files.js'
import { FIRST, fileName, headerLine, journalLine, snapshotLines, storeFiles } from './generations.js'
import { recover } from './recover.js'
import { refuse, repair } from './repair.js'
import type { Data } from './tables.js'

/** Keeps lowdb's data in a folder: `write` makes a snapshot, and between snapshots `append` keeps what changes. */
export interface JournaledAdapter extends Adapter<Data> {
  /** Resolves when the changes, each as JSON, are on the disk; if it rejects, none of them is kept. */
  append(changes: readonly string[]): Promise<void>
  /** Whether reading the journal has come to cost more than writing a snapshot. */
  isDue(): boolean
  close(): Promise<void>
}

export interface JournalOptions {
  log(message: string): void
  readonly files: FileOperations
  /** Bytes of a journal below which it is no trouble. */
  readonly journalBytes: number
}

/** Makes the adapter; `read` comes first. */
export function journaledAdapter(folder: string, { log, files, journalBytes }: JournalOptions): JournaledAdapter {
  let journal: GrowingFile
  let generation = FIRST
  let commit = 0
  let base = 0
  let due = journalBytes
  /** A journal that could not be begun, but may be there. */
  let stray: string | undefined
  let turning: Promise<void> = Promise.resolve()
  const path = (of: number, kind: 'journal' | 'snapshot') => join(folder, fileName(of, kind))

  const open = async () => {
    await files.mkdir(folder, { recursive: true, mode: 0o700 })
    await syncFolder(dirname(folder), files)
    const found = await recover(folder, files)
    if (!found) {
      journal = await begin(FIRST)
      return null
    }
    await repair(folder, found, files, log)
    ;({ generation, commit, base } = found)
    journal = await openGrowing(path(generation, 'journal'), files)
    due = Math.max(journalBytes, found.snapshotBytes)
    return found.data
  }
  const begin = async (next: number) => {
    await writeDurably(path(next, 'journal'), [headerLine('journal', next, commit)], files)
    return openGrowing(path(next, 'journal'), files)
  }
  const turn = async () => {
    due = journal.length + journalBytes
    stray = path(generation + 1, 'journal')
    const [old, next] = [journal, await begin(generation + 1)]
    ;[journal, stray] = [next, undefined]
    generation += 1
    await old.close()
  }
  /** Commits go on in the old journal only when it is certain that a new one, which they do not precede, is not found. */
  const removeStray = async () => {
    if (!stray) return
    await files.rm(stray, { force: true })
    await syncFolder(folder, files)
    stray = undefined
  }
  const forgetBefore = async (kept: number) => {
    for (const { name, generation } of storeFiles(await files.readdir(folder)))
      if (generation < kept) await files.rm(join(folder, name), { force: true })
  }

  return {
    read: () => open().catch(error => refuse(folder, error, files)),
    append: async changes => {
      await turning.catch(() => {})
      await removeStray()
      await journal.append(journalLine(commit + 1, changes))
      commit += 1
    },
    isDue: () => journal.length > due,
    write: async data => {
      // What is in `data` now is what the old journal ends with: the next `append` waits for the new one.
      const lines = snapshotLines(data, generation + 1, commit)
      turning = turn()
      await turning
      const written = generation
      const bytes = await writeDurably(path(written, 'snapshot'), lines, files)
      due = Math.max(journalBytes, bytes)
      const previous = base
      base = written
      await forgetBefore(previous)
    },
    close: () => journal.close(),
  }
}
