import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { messageOf } from '../engine/errors.js'
import type { Owner } from './access/principal.js'
import { OWNED_TABLES } from './artifact-rights.js'
import { type OwnedRow, removeRows } from './retention/release.js'
import { type SweepParts, sweep } from './retention/sweep.js'
import type { Runs } from './runs.js'

export interface RetentionParts extends SweepParts {
  readonly runs: Runs
  readonly log: Pick<Logger, 'warn'>
}

/** Lets go of what nobody keeps. */
export interface Retention {
  /** Sweeps now and every hour. */
  start(): void
  /**
   * Sweeps once. A file lives while a row of any table names it in `artifacts`, and for an hour after it was last used.
   */
  sweep(now?: number): Promise<void>
  /**
   * Removes all that an owner has: live runs are ended; rows go, and at once the files that nobody else names, with
   * thumbnails and with what the cache on disk remembers of them; the worker's memory is let go of as soon as it is
   * idle. What can remain: removed rows in the store's files, until it is compacted; unnamed files of a run that was
   * ended in the middle, until the sweep two hours later; cached steps of a workflow whose nodes this program has no
   * more, until the cache needs their room.
   */
  forget(owner: Owner): Promise<void>
  close(): Promise<void>
}

const HOUR_MS = 3_600_000
/** A step that does not end within this is not waited for. */
const PATIENCE_MS = 30_000
const LOOK_MS = 25

/** Opens the retention of a server. */
export function openRetention(parts: RetentionParts): Retention {
  const { store, runs, log } = parts
  let timer: NodeJS.Timeout | undefined
  let sweeping = Promise.resolve()
  // One after the other: two would each count what the other removes.
  const sweepOnce = (now?: number) => {
    const next = sweeping.then(() => sweep(parts, now))
    sweeping = next.catch(() => {})
    return next
  }
  const sweepQuietly = () =>
    void sweepOnce().catch(error => log.warn(`Old files could not be swept away: ${messageOf(error)}.`))

  const owned = async (owner: Owner): Promise<OwnedRow[]> => {
    const rows: OwnedRow[] = []
    for (const table of OWNED_TABLES)
      for (const row of await store.list(table, { where: { owner } })) rows.push({ table, row } as OwnedRow)
    return rows
  }
  const endRuns = async (owner: Owner) => {
    const live = () => [...runs.running(), ...runs.waiting()].filter(run => run.owner === owner)
    for (const { id } of live()) await runs.cancel(id)
    for (let waited = 0; live().length > 0 && waited < PATIENCE_MS; waited += LOOK_MS) await sleep(LOOK_MS)
  }
  return {
    start: () => {
      sweepQuietly()
      timer = setInterval(sweepQuietly, HOUR_MS).unref()
    },
    sweep: sweepOnce,
    forget: async owner => {
      // Again if something came meanwhile, as from a program that still sends.
      for (let rows = await owned(owner); rows.length > 0; rows = await owned(owner)) {
        await endRuns(owner)
        // As they are at the end, with the results that came last. Whoever else uses the same files names them.
        await removeRows(await owned(owner), parts, Date.now())
      }
      if (await store.get('settings', owner)) await store.commit([{ table: 'settings', remove: owner }])
      runs.free()
    },
    close: async () => {
      clearInterval(timer)
      await sweeping
    },
  }
}
