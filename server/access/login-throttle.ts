import { Refusal } from '../http/refusal.js'
import { networkOf } from '../socket/address.js'

/** One try to give a password, counted as wrong until it is known to be right. */
export interface Attempt {
  passed(): void
}

/** Slows down whoever guesses passwords. */
export interface LoginThrottle {
  /** @throws Refusal 429 after too many wrong tries at this e-mail or from this address. */
  begin(email: string, address: string): Attempt
}

export interface ThrottleOptions {
  /** Wrong tries in a row, before one a minute is left. */
  readonly limit?: number
  /** How many e-mails and addresses are remembered; beyond that the longest unused are forgotten. */
  readonly entries?: number
  /** Milliseconds that never go back, as the clock of the wall may. */
  readonly now?: () => number
}

const MINUTE = 60_000

/**
 * Counts wrong tries by e-mail and by address, in memory; a minute takes one back.
 *
 * A right password clears the e-mail, but takes back from the address only what went wrong with this e-mail: who has
 * an account could guess at others' without end otherwise. And an address that once knew an e-mail's password is not
 * held up by the guesses of others, or everybody could lock everybody out.
 */
export function openLoginThrottle({ limit = 20, entries = 20_000, now }: ThrottleOptions = {}): LoginThrottle {
  const counts = openCounts(entries, now ?? (() => performance.now()))
  const familiar = new Map<string, true>()
  return {
    begin: (email, rawAddress) => {
      // One household's IPv6 addresses are beyond counting: they count as one.
      const address = networkOf(rawAddress)
      const pair = `${address} ${email}`
      const minutes = Math.max(...(familiar.has(pair) ? [address] : [address, email]).map(key => counts.get(key))) + 1
      if (minutes > limit) throw slowed(Math.ceil((minutes - limit) * 60))
      for (const key of [address, email, pair]) counts.add(key, 1)
      return {
        passed: () => {
          counts.add(address, -counts.get(pair))
          counts.clear(email)
          counts.clear(pair)
          putNewest(familiar, pair, true, entries)
        },
      }
    },
  }
}

/** Counters that lose one a minute. */
function openCounts(entries: number, now: () => number) {
  const counts = new Map<string, { readonly value: number; readonly at: number }>()
  const get = (key: string) => {
    const { value, at } = counts.get(key) ?? { value: 0, at: 0 }
    return Math.max(0, value - (now() - at) / MINUTE)
  }
  return {
    get,
    add: (key: string, more: number) => putNewest(counts, key, { value: get(key) + more, at: now() }, entries),
    clear: (key: string) => counts.delete(key),
  }
}

/** Puts an entry last, and lets go of the first where there are too many. */
function putNewest<V>(map: Map<string, V>, key: string, value: V, entries: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > entries) map.delete(map.keys().next().value!)
}

const slowed = (seconds: number) =>
  new Refusal(429, 'too-many-tries', `Too many wrong passwords; try again in ${seconds} s.`, [], {
    'Retry-After': String(seconds),
  })
