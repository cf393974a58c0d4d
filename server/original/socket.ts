import { mayReach } from '../access/principal.js'
import type { Services } from '../services.js'
import type { SocketClient, SocketDoor, SocketSession } from '../socket/socket-door.js'
import type { Batch } from '../store/store.js'
import { announceTasks } from './announce.js'
import type { Hearer } from './audience.js'
import { readSlots, type Slot } from './batches.js'
import { hasEnded, isGeneration } from './generation-run.js'
import { type OriginalParts, originalParts } from './parts.js'
import { progressMessage } from './progress-message.js'
import { taskState } from './task.js'

/** Batches that one socket may listen to. */
const MOST_BATCHES = 1000

/** Tells the replaced system's clients of their tasks, at `/ws/{client_id}`. */
export function originalSocket(services: Services): SocketDoor {
  const parts = originalParts(services)
  announceTasks(services.hub, parts)
  return {
    path: /^\/ws\/([^/]{1,255})$/,
    connect: (client, [, name = '']) => openSession(services, parts, client, name),
  }
}

function openSession(services: Services, parts: OriginalParts, client: SocketClient, name: string): SocketSession {
  const { store, runs, hub } = services
  const { audience } = parts
  const hearer: Hearer = { client, name: decoded(name), batches: new Set() }
  let isClosed = false
  const fail = (message: string) => client.send({ type: 'error', message })

  const replay = ({ owner }: Batch, slots: readonly Slot[]) => {
    for (const { place, task, run } of slots) {
      const live = run && hub.state(run.id)
      const state = taskState({ place, owner, run, live, failure: task.failure }, parts)
      const isLive = run !== undefined && !hasEnded(run)
      client.send(progressMessage(state, place.batch, isLive ? live?.preview?.preview : undefined))
    }
  }

  const listen = async (batch: Batch, greet: () => void) => {
    const slots = await readSlots(services, batch)
    if (isClosed) return
    // From here on nothing is waited for, so that no event comes between the state and what follows it.
    audience.listen(hearer, batch.id)
    greet()
    replay(batch, slots)
  }

  const subscribe = async (id: string) => {
    if (hearer.batches.size >= MOST_BATCHES) return fail(`At most ${MOST_BATCHES} batches may be subscribed to.`)
    const batch = await store.get('batches', id)
    if (!batch || !mayReach(client.who, batch.owner)) return fail('Batch not found')
    return listen(batch, () => client.send({ type: 'subscribed', batch_id: id }))
  }

  /** The web client does not subscribe again when it comes back; it goes on hearing of what a request named it for. */
  const resume = async () => {
    const live = [...runs.running(), ...runs.waiting()].filter(isGeneration)
    const named = live.filter(({ memo }) => memo.client === hearer.name).map(({ memo }) => memo.batch)
    for (const id of new Set([...audience.invitations(hearer.name), ...named])) {
      const batch = await store.get('batches', id)
      if (batch && audience.mayInvite(hearer, batch)) await listen(batch, () => {})
    }
  }

  const answer = (text: string): unknown => {
    const { type, batch_id } = messageOf(text)
    if (type === 'ping') return client.send({ type: 'pong' })
    if (typeof batch_id === 'string' && type === 'subscribe') return subscribe(batch_id)
    if (typeof batch_id === 'string' && type === 'unsubscribe') return audience.ignore(hearer, batch_id)
    return fail(MALFORMED)
  }

  audience.enter(hearer)
  let turn: Promise<unknown> = resume()
  return {
    // One after another: an 'unsubscribe' must not overtake the 'subscribe' that still reads the batch.
    receive: text => (turn = turn.then(() => (isClosed ? undefined : answer(text)))),
    closed: () => {
      isClosed = true
      audience.leave(hearer)
    },
  }
}

const MALFORMED =
  'A message must be {"type":"subscribe","batch_id":ID}, {"type":"unsubscribe","batch_id":ID} or {"type":"ping"}.'

function messageOf(text: string): { readonly type?: unknown; readonly batch_id?: unknown } {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
