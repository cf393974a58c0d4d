import { ownerOf, type Principal } from '../access/principal.js'
import { networkOf } from '../socket/address.js'
import { Refusal } from './refusal.js'
import type { Route } from './route.js'

const WINDOW_MS = 60_000
/** Calls a minute of one person, or of one address where nobody is known: a page full of thumbnails is far below it. */
const PER_MINUTE = 1200
/** A body counts as one call more for each of these bytes: parsing and checking it takes the time of as many. */
const CALL_BYTES = 64 << 10
/** So many are counted at once; an attacker with more addresses than that starts everybody's count anew. */
const COUNTED = 100_000

/** Counts calls, so that nobody takes the server from all others. */
export interface Rates {
  /** @throws Refusal 429 when this one calls too often, all in all or this route. */
  count(who: Principal, address: string, route: Route): void
  /** Counts a body as well. @throws Refusal 429 when this one has sent too much. */
  weigh(who: Principal, address: string, bytes: number): void
}

/** Opens the count; it begins anew every minute. */
export function openRates(now: () => number = () => performance.now()): Rates {
  const counts = new Map<string, number>()
  let end = 0
  const holderOf = (who: Principal, address: string) => (who.kind === 'user' ? ownerOf(who) : networkOf(address))
  const add = (key: string, limit: number, calls = 1) => {
    const count = (counts.get(key) ?? 0) + calls
    counts.set(key, count)
    if (count > limit) throw tooMany(limit, Math.ceil((end - now()) / 1000))
  }
  return {
    count: (who, address, { method, path, perMinute }) => {
      // Whoever has the operator's token could turn the limits off.
      if (who.kind === 'operator') return
      if (now() >= end || counts.size > COUNTED) {
        counts.clear()
        end = now() + WINDOW_MS
      }
      const holder = holderOf(who, address)
      add(holder, PER_MINUTE)
      if (perMinute !== undefined) add(`${holder} ${method} ${path}`, perMinute)
    },
    weigh: (who, address, bytes) => {
      if (who.kind !== 'operator') add(holderOf(who, address), PER_MINUTE, Math.floor(bytes / CALL_BYTES))
    },
  }
}

const tooMany = (limit: number, seconds: number) =>
  new Refusal(
    429,
    'too-many-requests',
    `At most ${limit} such requests a minute are answered; wait ${seconds} s.`,
    [],
    {
      'Retry-After': String(seconds),
    },
  )
