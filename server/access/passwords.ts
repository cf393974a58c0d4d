import { createHmac } from 'node:crypto'
import bcrypt from 'bcrypt'
import { Refusal } from '../http/refusal.js'
import { turns } from '../turns.js'

/** Hashes passwords and compares them with their hashes. */
export interface Passwords {
  /** @throws Refusal 503 when too many wait for this already. */
  hash(password: string): Promise<string>
  /** Takes the same time with nothing to compare with, and answers no. @throws Refusal 503 likewise. */
  matches(password: string, hash: string | undefined): Promise<boolean>
  /** Whether a hash was made with less work than is asked today. */
  isOutdated(hash: string): boolean
}

const BCRYPT_BYTES = 72
// bcrypt holds a thread of libuv's four for its quarter of a second, and files need those too.
const AT_ONCE = 2
const WAITING = 64

/** Hashes by bcrypt, of which `cost` is the binary logarithm of the work. */
export function openPasswords(cost = 12): Passwords {
  const inTurn = turns(AT_ONCE, WAITING, busy)
  const nobodys = `${bcrypt.genSaltSync(cost)}${'.'.repeat(31)}`
  return {
    hash: password => inTurn(() => bcrypt.hash(prepared(password), cost)),
    matches: async (password, hash) => {
      const equal = await inTurn(() => bcrypt.compare(prepared(password), hash ?? nobodys))
      return equal && hash !== undefined
    },
    isOutdated: hash => bcrypt.getRounds(hash) < cost,
  }
}

/**
 * What is hashed. The same letters count however a keyboard composes them. Of more than 72 bytes bcrypt would ignore the
 * rest, so that these are condensed first; keyed, lest hashes that leaked elsewhere serve as passwords here.
 */
function prepared(password: string): string {
  const text = password.normalize('NFC')
  if (Buffer.byteLength(text) <= BCRYPT_BYTES) return text
  return createHmac('sha256', 'ip-to-portrait password').update(text).digest('base64')
}

const busy = () =>
  new Refusal(503, 'busy', 'Too many people are signing in at this moment; try again in a few seconds.', [], {
    'Retry-After': '5',
  })
