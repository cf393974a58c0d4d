import { join } from 'node:path'
import { messageOf } from '../../engine/errors.js'
import type { FileOperations } from './files.js'
import {
  FIRST,
  FORMAT,
  fileName,
  type Header,
  type JournalLine,
  type Kind,
  type SnapshotLine,
  storeFiles,
} from './generations.js'
import { Damage, decodeLines } from './lines.js'
import type { Change } from './store.js'
import { apply, type Data, emptyData, freeze } from './tables.js'

/** What the files of a store hold. */
export interface Found {
  readonly data: Data
  /** The number of the last commit. */
  readonly commit: number
  /** Of the newest journal. */
  readonly generation: number
  /** The generation of the snapshot that the rows come from; 0 if from none. */
  readonly base: number
  readonly snapshotBytes: number
  /** The end of the newest journal, if the power was cut while it was written. */
  readonly torn?: Unreadable
  /** Snapshots that older files stood in for. */
  readonly replaced: readonly Unreadable[]
}

/** Thrown for a file that does not hold what was written to it. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
  constructor(
    readonly file: string,
    readonly kind: Kind,
    /** The byte at which the damage begins. */
    readonly at: number,
    override readonly cause: unknown,
  ) {
    super(messageOf(cause))
  }
}

type Read = (
  generation: number,
  kind: Kind,
  take: (line: never) => void,
  begin?: (after: number) => void,
) => Promise<number>

/**
 * Reads the newest whole snapshot and all journals from there on; changes nothing. Answers nothing for a new store.
 * @throws Unreadable when no way leads to all that was kept.
 */
export async function recover(folder: string, files: FileOperations): Promise<Found | undefined> {
  const found = storeFiles(await files.readdir(folder))
  if (found.length === 0) return undefined
  const generation = Math.max(...found.map(({ generation }) => generation))
  const snapshots = found.filter(({ kind }) => kind === 'snapshot').map(({ generation }) => generation)
  const read: Read = (generation, kind, take, begin) => readLines(folder, generation, kind, files, take, begin)
  const replaced: Unreadable[] = []
  for (const base of [...snapshots.sort((a, b) => b - a), 0]) {
    try {
      const start = base === 0 ? { data: emptyData(), commit: 0, snapshotBytes: 0 } : await readSnapshot(base, read)
      return { ...start, ...(await replay(start, Math.max(base, FIRST), generation, read)), base, generation, replaced }
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      replaced.push(error)
      // An older snapshot would lead through the same journal.
      if (error.kind === 'journal') break
    }
  }
  throw replaced[0]
}

async function readSnapshot(generation: number, read: Read) {
  const data = emptyData()
  let [commit, rows, end] = [0, 0, -1]
  const take = (line: SnapshotLine) => {
    if ('end' in line) end = line.end
    else for (const put of line.rows) apply(data, { table: line.table, put: freeze(put) } as Change)
    if ('rows' in line) rows += line.rows.length
  }
  const snapshotBytes = await read(generation, 'snapshot', take, after => {
    commit = after
  })
  if (end === rows) return { data, commit, snapshotBytes }
  throw new Unreadable(fileName(generation, 'snapshot'), 'snapshot', snapshotBytes, 'its end is missing')
}

async function replay(start: { readonly data: Data; readonly commit: number }, from: number, to: number, read: Read) {
  let { commit } = start
  const follow = (after: number) => {
    if (after !== commit) throw new Error(`commit ${after + 1} follows commit ${commit}`)
  }
  const take = (line: JournalLine) => {
    follow(line.commit - 1)
    for (const change of line.changes) apply(start.data, freeze(change))
    commit = line.commit
  }
  for (let generation = from; generation <= to; generation++) {
    try {
      await read(generation, 'journal', take, follow)
    } catch (error) {
      // Only the newest is written to, and its first line is on the disk before it has its name.
      const isTorn = error instanceof Unreadable && error.cause instanceof Damage && error.cause.torn
      if (isTorn && error.at > 0 && generation === to) return { commit, torn: error }
      throw error
    }
  }
  return { commit }
}

/** Hands on what the lines of a file hold, the first to `begin`; answers the file's length. */
async function readLines(
  folder: string,
  generation: number,
  kind: Kind,
  files: FileOperations,
  take: (line: never) => void,
  begin: (after: number) => void = () => {},
): Promise<number> {
  const file = fileName(generation, kind)
  let at = 0
  try {
    const bytes = await files.readFile(join(folder, file))
    if (bytes.length === 0) throw new Error('it is empty')
    for (const line of decodeLines(bytes)) {
      at = line.at
      if (at > 0) take(line.value as never)
      else begin(afterOf(line.value as Header, generation, kind))
    }
    return bytes.length
  } catch (error) {
    throw new Unreadable(file, kind, error instanceof Damage ? error.at : at, error)
  }
}

function afterOf(header: Header, generation: number, kind: Kind): number {
  if (header.format !== FORMAT) throw new Error(`it has format ${header.format}, which a newer version reads`)
  if (header.kind === kind && header.generation === generation) return header.after
  throw new Error(`it is ${fileName(header.generation, header.kind)} under another name`)
}
