import { mayReach } from '../access/principal.js'
import type { SocketClient } from '../socket/socket-door.js'
import type { Batch } from '../store/store.js'

/** One socket, and what it listens to. */
export interface Hearer {
  readonly client: SocketClient
  /** The name that the client chose for itself; several sockets may share one. */
  readonly name: string
  /** Kept by the audience. */
  readonly batches: Set<string>
}

/** Who hears of which batch. Each socket has its own list: when one closes, the others go on hearing. */
export interface Audience {
  enter(hearer: Hearer): void
  leave(hearer: Hearer): void
  listen(hearer: Hearer, batch: string): void
  ignore(hearer: Hearer, batch: string): void
  /** Whether a client's sockets may hear of something because a request named the client. */
  mayInvite(hearer: Hearer, batch: Pick<Batch, 'owner'>): boolean
  /** Lets all sockets of a client listen that may. */
  invite(name: string, batch: Pick<Batch, 'id' | 'owner'>): void
  /** The batches that a client was invited to last; it may have been away when they ended. */
  invitations(name: string): readonly string[]
  hears(batch: string): boolean
  tell(batch: string, message: object): void
}

/** Who gave himself a shorter name may share it with a stranger by chance, or by a guess. */
const UNGUESSABLE = 20

/** Clients whose invitations are remembered, and how many of each. */
const CLIENTS = 10_000
const INVITATIONS = 8

/** Opens the audience. @param isPublic whether strangers share the server without an account. */
export function openAudience(isPublic: boolean): Audience {
  const hearers = new Set<Hearer>()
  const byBatch = new Map<string, Set<Hearer>>()
  const invited = new Map<string, readonly string[]>()

  const listen = (hearer: Hearer, batch: string) => {
    hearer.batches.add(batch)
    byBatch.set(batch, (byBatch.get(batch) ?? new Set()).add(hearer))
  }
  const ignore = (hearer: Hearer, batch: string) => {
    hearer.batches.delete(batch)
    const set = byBatch.get(batch)
    set?.delete(hearer)
    if (set?.size === 0) byBatch.delete(batch)
  }
  const mayInvite: Audience['mayInvite'] = ({ client, name }, { owner }) =>
    mayReach(client.who, owner) && !(isPublic && owner === 'anonymous' && name.length < UNGUESSABLE)

  return {
    enter: hearer => void hearers.add(hearer),
    leave: hearer => {
      hearers.delete(hearer)
      for (const batch of [...hearer.batches]) ignore(hearer, batch)
    },
    listen,
    ignore,
    mayInvite,
    invite: (name, batch) => {
      const before = invited.get(name) ?? []
      invited.delete(name)
      invited.set(name, [...before, batch.id].slice(-INVITATIONS))
      const [oldest] = invited.keys()
      if (invited.size > CLIENTS && oldest !== undefined) invited.delete(oldest)
      for (const hearer of hearers) if (hearer.name === name && mayInvite(hearer, batch)) listen(hearer, batch.id)
    },
    invitations: name => invited.get(name) ?? [],
    hears: batch => byBatch.has(batch),
    tell: (batch, message) => {
      for (const { client } of byBatch.get(batch) ?? []) client.send(message)
    },
  }
}
