import { setTimeout as sleep } from 'node:timers/promises'
import type { Artifacts } from '../engine/artifacts.js'
import { messageOf } from '../engine/errors.js'
import type { ExecutionEvent } from '../engine/event.js'
import type { Registry } from '../engine/registry.js'
import { waiterOf } from './access/principal.js'
import { Refusal } from './http/refusal.js'
import type { Hub } from './hub.js'
import { localQueue } from './queue/local-queue.js'
import type { Job, Outcome } from './queue/queue.js'
import { endedRun } from './run-end.js'
import { orderChecker } from './run-orders.js'
import type { Runs } from './runs.js'
import type { Run, Store } from './store/store.js'
import { type Supervisor, WorkerDied } from './supervisor.js'
import type { Ended } from './worker-message.js'

export interface RunsParts {
  readonly store: Store
  readonly hub: Hub
  readonly registry: Registry
  readonly artifacts: Artifacts
  readonly supervisor: Supervisor
  /** How many runs go on at once: one a device. */
  readonly width: number
  /** Waiting runs of one owner, or of one network's strangers. */
  readonly queueLimit: number
}

/** A run that is accepted and has not ended. */
interface Live {
  run: Run
  /** In whose turn it goes; after a restart its owner's. */
  readonly waiter: string
  isRunning: boolean
  readonly cancellation: AbortController
  /** The document; absent after a restart, and of a large one, until it is read. */
  json?: string
  /** The node that was at work last, to be named if the worker dies. */
  node?: string
}

/** Characters of a document that waits in memory; thousands of large ones would take all of it. */
const HELD = 64 << 10
/** What is over sooner is never told as running by the store. */
const MARK_MS = 50
const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 5000
/** A run may take this many workers with it before it counts as the cause. */
const DEATHS = 2

/**
 * Runs on this machine. The store is the only memory: a run is there before it is queued, and its end is there before
 * anybody is told; so whatever is killed, a run that was accepted comes to exactly one end.
 */
export async function openRuns(parts: RunsParts): Promise<Runs> {
  const { store, hub, artifacts, supervisor, width, queueLimit } = parts
  const check = orderChecker(parts)
  const live = new Map<string, Live>()
  const reserved = new Map<string, number>()
  const closing = new AbortController()

  const isClosing = () => closing.signal.aborted
  const publish = (run: Run, event: ExecutionEvent) => hub.publish(run, event)

  /** Tries until there is room: what has run must not be told as running for ever, nor more begin that cannot be kept. */
  const keepEnd = async (entry: Live, ended: Ended): Promise<Run | undefined> => {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        return await store.update('runs', entry.run.id, run => endedRun(begun(run, entry), ended))
      } catch (error) {
        if (isClosing()) throw error
        await sleep(wait, undefined, { signal: closing.signal }).catch(() => {})
      }
    }
  }

  /** Keeps the end, then lets go of the run and tells, with nothing between: what is told as ended is in no list. */
  const end = async (entry: Live, ended: Ended) => {
    const row = await keepEnd(entry, ended)
    live.delete(entry.run.id)
    const run = row ?? endedRun(entry.run, ended)
    publish(run, endEvent(run))
  }

  const attempt = async (entry: Live): Promise<Ended> => {
    const { id, owner, name, workflow: document, targets } = entry.run
    entry.json ??= Buffer.from(await artifacts.read(document)).toString('utf8')
    const order = { id, owner, name, document, json: entry.json, ...(targets ? { targets } : {}) }
    const emit = (event: ExecutionEvent) => {
      if (event.type === 'node-started') entry.node = event.node
      if (!isEnd(event)) publish(entry.run, event)
    }
    return supervisor.run(order, { signal: entry.cancellation.signal, emit })
  }

  /** A run that a worker died under goes once more; if that one dies too, the run is the cause. */
  const afterDeath = async (entry: Live, { message }: WorkerDied): Promise<Outcome> => {
    const kept = await store.update('runs', entry.run.id, run => ({ ...run, status: 'queued', deaths: run.deaths + 1 }))
    const deaths = kept?.deaths ?? DEATHS
    if (isCancelled(entry)) await end(entry, { status: 'cancelled' })
    else if (deaths >= DEATHS) await end(entry, { status: 'failed', failure: deathSentence(message, entry.node) })
    else {
      entry.run = kept ?? entry.run
      entry.isRunning = false
      publish(entry.run, { type: 'run-queued', run: entry.run.id })
      return 'again'
    }
    return 'ended'
  }

  const work = async ({ id }: Job): Promise<Outcome> => {
    const entry = live.get(id)
    if (!entry) return 'ended'
    entry.isRunning = true
    entry.run = { ...entry.run, status: 'running', startedAt: Date.now() }
    // Only if it takes longer than writing it down: after a crash a run that is still 'queued' goes again too.
    let marked: Promise<unknown> | undefined
    const mark = () => {
      marked = store.update('runs', id, run => begun(run, entry)).catch(() => {})
    }
    const timer = setTimeout(mark, MARK_MS)
    try {
      const ended = await attempt(entry)
      // Stopped with the server, not by anybody's wish: it goes on after the next start.
      if (isClosing() && ended.status === 'cancelled' && !isCancelled(entry)) return 'ended'
      clearTimeout(timer)
      await marked
      await end(entry, ended)
    } catch (error) {
      if (isClosing() && !isCancelled(entry)) return 'ended'
      if (error instanceof WorkerDied) return afterDeath(entry, error)
      await end(entry, { status: 'failed', failure: messageOf(error) })
    }
    return 'ended'
  }

  // An end that cannot be kept while the server stops: the run is there after the next start, and goes again.
  const queue = localQueue({ width, work: job => work(job).catch(() => 'ended') })

  const running = () => [...live.values()].filter(({ isRunning }) => isRunning).map(({ run }) => run)
  const waitingOf = (waiter: string) =>
    [...live.values()].filter(entry => entry.waiter === waiter && !entry.isRunning).length
  const reserve = (waiter: string, count: number) => {
    const taken = reserved.get(waiter) ?? 0
    if (waitingOf(waiter) + taken + count > queueLimit) throw tooMany(queueLimit)
    reserved.set(waiter, taken + count)
    return () => {
      const rest = (reserved.get(waiter) ?? 0) - count
      if (rest > 0) reserved.set(waiter, rest)
      else reserved.delete(waiter)
    }
  }

  const enqueue = (run: Run, waiter: string, json?: string, after?: Promise<unknown>): Job => {
    live.set(run.id, {
      run,
      waiter,
      isRunning: false,
      cancellation: new AbortController(),
      ...(json === undefined || json.length > HELD ? {} : { json }),
    })
    publish(run, { type: 'run-queued', run: run.id })
    const { id, client, priority } = run
    return { id, owner: waiter, priority, ...(client === undefined ? {} : { client }), ...(after ? { after } : {}) }
  }

  const startAll: Runs['startAll'] = async orders => {
    if (isClosing()) throw new Refusal(503, 'stopping', 'The server is stopping; try again in a moment.')
    const [first] = orders
    const waiter = first ? waiterOf(first.who) : ''
    const release = reserve(waiter, orders.length)
    try {
      const checked = await Promise.all(orders.map(check))
      await store.commit(checked.map(({ run }) => ({ table: 'runs', create: run })))
      const jobs = checked.map(({ run, json, after }) => enqueue(run, waiter, json, after))
      void queue.add(jobs)
      return checked.map(({ run }) => run)
    } finally {
      release()
    }
  }

  const unfinished = await store.list('runs', { where: { status: ['queued', 'running'] }, order: 'oldest' })
  void queue.add(unfinished.map(run => enqueue({ ...run, status: 'queued' }, run.owner)))

  return {
    startAll,
    start: async order => (await startAll([order]))[0] as Run,
    cancel: async id => {
      const entry = live.get(id)
      if (!entry || isCancelled(entry)) return false
      entry.cancellation.abort()
      if (await queue.remove(id)) await end(entry, { status: 'cancelled' })
      return true
    },
    waiting: () => {
      const order = new Map(queue.waiting().map((id, place) => [id, place]))
      const place = (id: string) => order.get(id) ?? -1
      return [...live.values()]
        .filter(({ isRunning }) => !isRunning)
        .map(({ run }) => run)
        .sort((a, b) => place(a.id) - place(b.id))
    },
    running,
    count: () => ({ waiting: live.size - running().length, running: running().length }),
    free: () => supervisor.retire(),
    close: async () => {
      closing.abort()
      const closed = queue.close()
      await supervisor.close()
      await closed
    },
  }
}

/** The row of a run that has begun, if it has. */
const begun = (row: Run, { run: { status, startedAt } }: Live): Run =>
  startedAt === undefined ? row : { ...row, status, startedAt }

const isCancelled = ({ cancellation }: Live) => cancellation.signal.aborted

const isEnd = ({ type }: ExecutionEvent) => type === 'run-finished' || type === 'run-failed' || type === 'run-cancelled'

function endEvent({ id: run, status, failure = '' }: Run): ExecutionEvent {
  if (status === 'finished') return { type: 'run-finished', run }
  return status === 'cancelled' ? { type: 'run-cancelled', run } : { type: 'run-failed', run, message: failure }
}

const deathSentence = (message: string, node: string | undefined) =>
  `${message}${node === undefined ? '' : ` while node "${node}" ran`}, twice; it may need more memory than there is, so try a smaller picture.`

const tooMany = (limit: number) =>
  new Refusal(
    429,
    'queue-full',
    `You have ${limit} runs waiting already, which is the most; wait for some to end, or cancel them.`,
    [],
    { 'Retry-After': '5' },
  )
