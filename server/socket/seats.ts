import type { Principal } from '../access/principal.js'
import { Refusal } from '../http/refusal.js'
import { isLoopback } from '../server-config.js'
import { networkOf } from './address.js'

const TOTAL = 4096
/** A person's tabs and programs. */
const PER_USER = 64
/** Whoever sits behind one address, an office perhaps. */
const PER_ADDRESS = 256

/** Counts the sockets, so that nobody takes those of all others. */
export interface Seats {
  /** Takes one; the answer gives it back. @throws Refusal 429 when this one has too many, 503 when all are taken. */
  take(who: Principal, address: string): () => void
}

/** Opens the count. */
export function openSeats(): Seats {
  const taken = new Map<string, number>()
  let total = 0
  return {
    take: (who, address) => {
      const { holder, most } = holderOf(who, address)
      const held = taken.get(holder) ?? 0
      if (held >= most)
        throw new Refusal(429, 'too-many-sockets', `At most ${most} sockets may be open at once; close some.`)
      if (total >= TOTAL)
        throw new Refusal(503, 'too-many-sockets', 'All sockets of this server are in use; try later.')
      taken.set(holder, held + 1)
      total++
      return once(() => {
        total--
        const left = (taken.get(holder) ?? 1) - 1
        if (left > 0) taken.set(holder, left)
        else taken.delete(holder)
      })
    },
  }
}

function holderOf(who: Principal, address: string): { holder: string; most: number } {
  if (who.kind === 'user') return { holder: `user ${who.id}`, most: PER_USER }
  // What comes from this machine is the one user of an open server, or a program of the operator.
  if (who.kind === 'operator' || isLoopback(address)) return { holder: 'this machine', most: TOTAL }
  return { holder: networkOf(address), most: PER_ADDRESS }
}

function once(work: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) work()
    isDone = true
  }
}
