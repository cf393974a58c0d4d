import type { Job, Outcome, Queue } from './queue.js'

export interface LocalQueueOptions {
  /** How many jobs are at work at once. */
  readonly width: number
  /** Never rejects. */
  work(job: Job): Promise<Outcome>
}

interface Waiting {
  readonly job: Job
  readonly arrival: number
  ready: boolean
}

/**
 * A queue in this process. Of each owner's jobs the one with the lowest priority number is next, then the one that came
 * first. Among these the lowest number goes first, but none is lower than 0, for whoever could name one would always
 * pass all others; among equals the owner who has the fewest at work, then the one who was served the longest time ago,
 * so that nobody waits behind another's hundred; then by arrival.
 */
export function localQueue({ width, work }: LocalQueueOptions): Queue {
  const waiting = new Map<string, Waiting>()
  const atWork = new Map<string, { readonly job: Job; readonly end: Promise<void> }>()
  const served = new Map<string, number>()
  let arrivals = 0
  let turns = 0
  // What has to go once more was first before, and stays it.
  let returns = 0
  let closed = false

  const enter = (job: Job, arrival: number) => {
    const entry: Waiting = { job, arrival, ready: job.after === undefined }
    waiting.set(job.id, entry)
    void job.after?.then(() => {
      entry.ready = true
      fill()
    })
  }
  const next = (): Waiting | undefined => {
    const clients = new Set([...atWork.values()].map(({ job }) => clientOf(job)))
    const load = new Map<string, number>()
    for (const { job } of atWork.values()) load.set(job.owner, (load.get(job.owner) ?? 0) + 1)
    const firsts = new Map<string, Waiting>()
    for (const entry of waiting.values()) {
      const { owner, client } = entry.job
      if (!entry.ready || (client !== undefined && clients.has(clientOf(entry.job)))) continue
      const first = firsts.get(owner)
      if (!first || inOrder(entry, first) < 0) firsts.set(owner, entry)
    }
    let best: Waiting | undefined
    for (const entry of firsts.values()) if (!best || goesBefore(entry, best, load, served)) best = entry
    return best
  }
  const fill = () => {
    while (!closed && atWork.size < width) {
      const entry = next()
      if (!entry) return
      const { job } = entry
      waiting.delete(job.id)
      served.set(job.owner, ++turns)
      const end = work(job).then(outcome => {
        atWork.delete(job.id)
        if (outcome === 'again' && !closed) enter(job, --returns)
        forgetIdle()
        fill()
      })
      atWork.set(job.id, { job, end })
    }
  }
  const forgetIdle = () => {
    if (waiting.size === 0 && atWork.size === 0) served.clear()
  }

  return {
    add: async jobs => {
      for (const job of jobs) enter(job, ++arrivals)
      fill()
    },
    remove: async id => waiting.delete(id),
    waiting: () => [...waiting.values()].sort(inOrder).map(({ job }) => job.id),
    close: async () => {
      closed = true
      await Promise.all([...atWork.values()].map(({ end }) => end))
    },
  }
}

/** Another's client may well have the same name. */
const clientOf = ({ owner, client }: Job) => (client === undefined ? undefined : `${owner} ${client}`)

const inOrder = (a: Waiting, b: Waiting) => a.job.priority - b.job.priority || a.arrival - b.arrival

/** Between jobs of two owners. */
function goesBefore(
  a: Waiting,
  b: Waiting,
  load: ReadonlyMap<string, number>,
  served: ReadonlyMap<string, number>,
): boolean {
  const of = (numbers: ReadonlyMap<string, number>, { job }: Waiting) => numbers.get(job.owner) ?? 0
  const difference =
    Math.max(0, a.job.priority) - Math.max(0, b.job.priority) ||
    of(load, a) - of(load, b) ||
    of(served, a) - of(served, b) ||
    a.arrival - b.arrival
  return difference < 0
}
