import { join } from 'node:path'
import { after } from 'node:test'
import { pino } from 'pino'
import { type Accounts, openAccounts } from '../../../server/access/accounts.js'
import type { Owner, Principal } from '../../../server/access/principal.js'
import { openLowdbStore } from '../../../server/store/lowdb-store.js'
import type { Store } from '../../../server/store/store.js'
import { passingFolder } from '../command.js'

export const SECRET = new Uint8Array(32).fill(7)
export const TOKEN = 'operator-token-of-the-tests'
export const ADA = { email: 'ada@example.org', password: 'correct horse', name: 'Ada' }
export const HERE = '127.0.0.1'

/** Accounts over a store in a passing folder, with a clock that the test turns and cheap hashes. */
export interface TestAccounts {
  readonly accounts: Accounts
  readonly store: Store
  readonly forgotten: Owner[]
  /** The same store, as a server with more costly hashes sees it. */
  dearer(cost: number): Accounts
  pass(ms: number): void
}

export async function testAccounts(failing: { forget?: boolean } = {}): Promise<TestAccounts> {
  const store = await openLowdbStore(join(passingFolder(), 'store'), { log: () => {} })
  after(() => store.close())
  const forgotten: Owner[] = []
  let time = Date.now()
  const forget = async (owner: Owner) => {
    if (failing.forget) throw new Error('the disk is full')
    forgotten.push(owner)
  }
  const log = pino({ level: 'silent' })
  const open = (cost: number) =>
    openAccounts({ store, config: { token: TOKEN }, secret: SECRET, log, forget, cost, now: () => time })
  return {
    accounts: open(4),
    store,
    forgotten,
    dearer: open,
    pass: ms => {
      time += ms
    },
  }
}

/** Signs in and answers who that is. */
export async function signIn(
  accounts: Accounts,
  person = ADA,
): Promise<{ token: string; who: Principal & { kind: 'user' } }> {
  const { token } = await accounts.login({ ...person, address: HERE })
  const who = await accounts.identify(token)
  if (who?.kind !== 'user') throw new Error('the token of a login must stand for its user')
  return { token, who }
}
