import type { Cache, Entry } from './cache.js'
import { isCancellation } from './errors.js'
import type { Step } from './plan.js'

/** What a step made, and whether another run made it at the same time. */
export interface Flight {
  readonly entry: Entry
  readonly shared: boolean
}

/**
 * Computes a step, or waits for another run that computes the same one. If that run is cancelled, the computation is
 * taken over; if it fails, so does this step, for it would do the same.
 * @param compute keeps what it makes in the cache before it ends, so that there is no moment between.
 */
export async function inOneFlight(
  step: Step,
  { flights }: Cache,
  signal: AbortSignal,
  compute: () => Promise<Entry>,
): Promise<Flight> {
  if (step.volatile) return { entry: await compute(), shared: false }
  for (let other = flights.get(step.key); other; other = flights.get(step.key)) {
    try {
      return { entry: await untilAborted(other, signal), shared: true }
    } catch (error) {
      signal.throwIfAborted()
      if (!isCancellation(error)) throw error
    }
  }
  const own = compute()
  flights.set(step.key, own)
  try {
    return { entry: await own, shared: false }
  } finally {
    flights.delete(step.key)
  }
}

/** The promise, or the signal's reason if that comes first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
