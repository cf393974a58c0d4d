import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { Refusal } from '../http/refusal.js'
import type { ServerConfig } from '../server-config.js'
import { Conflict, type Store, type User } from '../store/store.js'
import { emailOf } from './email.js'
import { isEqualSecret } from './equal.js'
import { openLoginThrottle } from './login-throttle.js'
import { checkPassword } from './password-rules.js'
import { openPasswords } from './passwords.js'
import type { Owner, Principal } from './principal.js'
import { keyFor } from './secret.js'
import { openSessions } from './sessions.js'
import { openTokens } from './tokens.js'

/** People's accounts and their sessions. */
export interface Accounts {
  /** @throws Refusal 400 when the address is taken, 422 when it is none or the password breaks a rule. */
  register(person: { email: string; password: string; name: string }): Promise<User>
  /** @throws Refusal 401 for a wrong address or password (which of them is not told), 403 when disabled, 429 when tried too often. */
  login(attempt: { email: string; password: string; address: string }): Promise<{ user: User; token: string }>
  /** Ends one session: its tokens are worth nothing from now on. */
  logout(who: Principal): Promise<void>
  /** Ends all other sessions of the account; answers how many there were. */
  logoutElsewhere(who: Principal): Promise<number>
  /** Who a bearer token, a session cookie or the operator's token stands for; nobody if it is worth nothing. */
  identify(token: string): Promise<Principal | undefined>
  user(who: Principal): Promise<User | undefined>
  rename(who: Principal, name: string): Promise<User>
  /** @throws Refusal 401 when the old one is wrong. Ends all other sessions. */
  changePassword(who: Principal, change: { old: string; new: string }): Promise<void>
  /** Removes the account with all that it owns. @throws Refusal 401 when the password is wrong. */
  remove(who: Principal, password: string): Promise<void>
}

export interface AccountsSetup {
  readonly store: Store
  readonly config: Pick<ServerConfig, 'token'>
  readonly secret: Uint8Array
  readonly log: Logger
  /** Removes all that somebody owns, but for the account. */
  forget(owner: Owner): Promise<unknown>
  /** The work of a password's hash; only tests want less. */
  readonly cost?: number
  readonly now?: () => number
}

/** Opens the accounts of a store. */
export function openAccounts({ store, config, secret, log, forget, cost, now = Date.now }: AccountsSetup): Accounts {
  const passwords = openPasswords(cost)
  const throttle = openLoginThrottle()
  const sessions = openSessions({ store, log, now, tokens: openTokens(keyFor(secret, 'tokens'), now) })
  const oneByOne = queue()

  const userOf = async (who: Principal) => (who.kind === 'user' ? store.get('users', who.id) : undefined)
  const userBy = async (email: string) => {
    const taken = await store.get('emails', email)
    return taken && store.get('users', taken.user)
  }
  /** A session may have been stolen: what cannot be undone takes the password again. */
  const confirm = async (who: Principal, password: string): Promise<User> => {
    const user = await userOf(who)
    if (!user || who.kind !== 'user') throw notSignedIn()
    const attempt = throttle.begin(user.email, who.session)
    if (!(await passwords.matches(password, user.password))) throw new Refusal(401, 'wrong-password', 'Wrong password')
    attempt.passed()
    return user
  }
  /** The row as it is now, if its password is still the one that was compared. */
  const unchanged = async ({ id, password }: User): Promise<User> => {
    const user = await store.get('users', id)
    if (user?.password !== password || !user.active) throw wrongLogin()
    return user
  }

  return {
    register: async ({ email: text, password, name }) => {
      const email = emailOf(text)
      checkPassword(password, email)
      if (await store.get('emails', email)) throw taken()
      const hash = await passwords.hash(password)
      const user: User = { id: randomUUID(), email, name, password: hash, active: true, createdAt: now() }
      await store
        .commit([
          { table: 'emails', create: { id: email, user: user.id } },
          { table: 'users', create: user },
        ])
        .catch(error => {
          throw error instanceof Conflict ? taken() : error
        })
      return user
    },
    login: async ({ email: text, password, address }) => {
      const email = emailOf(text)
      const attempt = throttle.begin(email, address)
      const found = await userBy(email)
      if (!(await passwords.matches(password, found?.password)) || !found) throw wrongLogin()
      attempt.passed()
      if (!found.active) throw new Refusal(403, 'disabled', 'Account is disabled')
      const renewed = passwords.isOutdated(found.password) && { password: await passwords.hash(password) }
      return oneByOne(async () => {
        const user = { ...(await unchanged(found)), ...renewed }
        const { changes, token } = await sessions.begin(user.id)
        await store.commit(renewed ? [{ table: 'users', put: user }, ...changes] : changes)
        return { user, token }
      })
    },
    logout: async who => {
      if (who.kind === 'user') await store.commit([{ table: 'sessions', remove: who.session }])
    },
    logoutElsewhere: async who => {
      if (who.kind !== 'user') throw notSignedIn()
      const endings = await sessions.endings(who.id, who.session)
      await store.commit(endings)
      return endings.length
    },
    identify: async token => {
      if (config.token !== undefined && isEqualSecret(token, config.token)) return { kind: 'operator' }
      return sessions.find(token)
    },
    user: userOf,
    rename: async (who, name) =>
      oneByOne(async () => {
        const user = await userOf(who)
        if (!user) throw notSignedIn()
        const renamed = { ...user, name }
        await store.commit([{ table: 'users', put: renamed }])
        return renamed
      }),
    changePassword: async (who, change) => {
      const confirmed = await confirm(who, change.old)
      checkPassword(change.new, confirmed.email, ['password', 'new'])
      const password = await passwords.hash(change.new)
      await oneByOne(async () => {
        const user = await unchanged(confirmed)
        const endings = await sessions.endings(user.id, who.kind === 'user' ? who.session : undefined)
        await store.commit([{ table: 'users', put: { ...user, password } }, ...endings])
      })
    },
    remove: async (who, password) => {
      const { id, email } = await confirm(who, password)
      // In this order nothing is made meanwhile that would stay, and what fails half-way can be tried again.
      await store.commit(await sessions.endings(id))
      await forget(`user:${id}`)
      await oneByOne(async () =>
        store.commit([
          ...(await sessions.endings(id)),
          { table: 'users', remove: id },
          { table: 'emails', remove: email },
        ]),
      )
      await store.compact()
      log.info({ user: id }, 'An account was removed with all that it owned')
    },
  }
}

/** Whoever reads rows and writes them back does it alone, lest one login undo what another has written. */
function queue() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(act: () => Promise<T>): Promise<T> => {
    const result = last.then(act)
    last = result.catch(() => {})
    return result
  }
}

// The sentences of the replaced system, which its clients show.
const taken = () => new Refusal(400, 'email-taken', 'Email already registered')
const wrongLogin = () => new Refusal(401, 'wrong-login', 'Invalid email or password')
const notSignedIn = () => new Refusal(401, 'not-signed-in', 'Not authenticated')
