import type { Owner } from '../access/principal.js'
import type { SocketClient } from '../socket/socket-door.js'
import type { PromptRun } from './prompt-run.js'

/** One client with its socket. */
export interface Session {
  readonly client: SocketClient
  /** What the client calls itself. */
  readonly sid: string
  /** What it can do beyond what every client can. */
  flags: ReadonlySet<string>
}

/** The clients that are connected: one socket for each id, of each owner. */
export interface Sessions {
  /** A client that comes again with the same id takes the place of its old socket, which is closed. */
  open(client: SocketClient, sid: string): Session
  close(session: Session): void
  of(owner: Owner, sid: string): Session | undefined
  all(): Iterable<Session>
  count(): number
  /** Who is told of a run: the client that sent it; of an interruption nobody's client hears, all of its owner. */
  hearing(run: PromptRun, type: string): readonly Session[]
}

const NOBODY: readonly Session[] = []

/** Opens the list of clients. */
export function openSessions(): Sessions {
  const sessions = new Map<string, Session>()
  const keyOf = (owner: Owner, sid: string) => `${owner}/${sid}`
  return {
    open: (client, sid) => {
      const key = keyOf(client.owner, sid)
      const old = sessions.get(key)
      const session: Session = { client, sid, flags: new Set() }
      sessions.set(key, session)
      old?.client.close(1000, 'Another socket has taken over this client id.')
      return session
    },
    close: session => {
      const key = keyOf(session.client.owner, session.sid)
      if (sessions.get(key) === session) sessions.delete(key)
    },
    of: (owner, sid) => sessions.get(keyOf(owner, sid)),
    all: () => sessions.values(),
    count: () => sessions.size,
    hearing: ({ owner, memo: { clientId } }, type) => {
      if (clientId !== undefined) {
        const session = sessions.get(keyOf(owner, clientId))
        return session ? [session] : NOBODY
      }
      if (type !== 'execution_interrupted') return NOBODY
      return [...sessions.values()].filter(({ client }) => client.owner === owner)
    },
  }
}
