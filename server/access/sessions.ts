import { nanoid } from 'nanoid'
import type { Logger } from 'pino'
import { messageOf } from '../../engine/errors.js'
import type { Change, Session, Store } from '../store/store.js'
import type { Principal } from './principal.js'
import type { Tokens } from './tokens.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** How long a session lives that nobody uses, and how long any lives. */
export const SESSION_IDLE = 7 * DAY
export const SESSION_LIFE = 90 * DAY

// More are a program that signs in for every request: its oldest ones go.
const SESSIONS_OF_ONE = 100

/** What is remembered of a login, so that logging out is more than forgetting the token. */
export interface Sessions {
  /** A new session, and the changes that make it and clear away what has expired. Its id never comes from outside. */
  begin(user: string): Promise<{ readonly changes: readonly Change[]; readonly token: string }>
  /** Who a token stands for, while its session lives; using it makes it live on. */
  find(token: string): Promise<Principal | undefined>
  /** The changes that end a user's sessions, but for one. */
  endings(user: string, except?: string): Promise<readonly Change[]>
}

interface Surroundings {
  readonly store: Store
  readonly tokens: Tokens
  readonly log: Logger
  readonly now: () => number
}

/** Keeps sessions as rows of the store. */
export function openSessions({ store, tokens, log, now }: Surroundings): Sessions {
  const isAlive = ({ expiresAt }: Session) => now() < expiresAt
  const prolong = async ({ id, createdAt }: Session) => {
    const expiresAt = Math.min(now() + SESSION_IDLE, createdAt + SESSION_LIFE)
    await store
      .update('sessions', id, row => (row.expiresAt < expiresAt ? { ...row, expiresAt } : undefined))
      // It lives for now: a full disk must not keep people from making room.
      .catch(error => log.warn(`A session could not be prolonged: ${messageOf(error)}`))
  }
  return {
    begin: async user => {
      const createdAt = now()
      const row: Session = { id: nanoid(), user, createdAt, expiresAt: createdAt + SESSION_IDLE }
      const all = await store.list('sessions')
      const own = all.filter(session => session.user === user && isAlive(session))
      const gone = [...all.filter(session => !isAlive(session)), ...own.slice(SESSIONS_OF_ONE - 1)]
      return {
        changes: [{ table: 'sessions', create: row }, ...gone.map(removal)],
        token: await tokens.issue({ user, session: row.id }, createdAt, createdAt + SESSION_LIFE),
      }
    },
    find: async token => {
      const claims = await tokens.read(token)
      if (!claims) return undefined
      const [session, user] = await Promise.all([
        store.get('sessions', claims.session),
        store.get('users', claims.user),
      ])
      if (session?.user !== claims.user || !isAlive(session) || !user?.active) return undefined
      // Written once an hour at most, or every request would wait for the disk.
      if (session.expiresAt < now() + SESSION_IDLE - HOUR) await prolong(session)
      return { kind: 'user', id: user.id, session: session.id }
    },
    endings: async (user, except) => {
      const sessions = await store.list('sessions', { where: { user } })
      return sessions.filter(({ id }) => id !== except).map(removal)
    },
  }
}

const removal = ({ id }: Session): Change => ({ table: 'sessions', remove: id })
