import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'
import { Refusal } from '../http/refusal.js'
import type { Services } from '../services.js'
import { addressOf } from './address.js'
import { admit } from './admission.js'
import { type Connection, type Entry, openConnection } from './connection.js'
import { refuseUpgrade } from './refuse-upgrade.js'
import { openSeats } from './seats.js'
import type { SocketDoor } from './socket-door.js'
import { textFrames } from './text-frames.js'

const MESSAGE_BYTES = 2 ** 20
const HEARTBEAT_MS = 30_000
/** How long the sockets may take to close when the server stops. */
const CLOSE_MS = 1000

/** The WebSockets of a server. */
export interface Sockets {
  count(): number
  /** Refuses new ones and says goodbye to those that are there. */
  close(): Promise<void>
}

/** Opens WebSockets on an HTTP server. A request that is refused gets a plain HTTP answer. */
export function openSockets(server: Server, services: Services, doors: readonly SocketDoor[]): Sockets {
  // Not compressed: previews are JPEG already, and a compressor a socket costs more memory than all that is sent.
  const protocol = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MESSAGE_BYTES,
    perMessageDeflate: false,
  })
  const surroundings = { log: services.log, frame: textFrames() }
  const seats = openSeats()
  const connections = new Map<WebSocket, Connection>()
  let isClosing = false

  const join = (ws: WebSocket, stream: Duplex, entry: Entry) => {
    connections.set(ws, openConnection(ws, stream, entry, surroundings))
    ws.on('close', () => connections.delete(ws))
  }

  const upgrade = async (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // A client that hangs up while it is asked who it is would otherwise end the process.
    stream.on('error', () => stream.destroy())
    try {
      const entry = await admit(request, services, doors)
      if (isClosing) throw new Refusal(503, 'stopping', 'The server is stopping; try again in a moment.')
      if (stream.destroyed) return
      stream.once('close', seats.take(entry.who, addressOf(request)))
      protocol.handleUpgrade(request, stream, head, ws => join(ws, stream, entry))
    } catch (error) {
      if (!(error instanceof Refusal)) services.log.error({ err: error }, 'A socket could not be opened')
      refuseUpgrade(stream, error instanceof Refusal ? error : new Refusal(500, 'internal', 'The server failed.'))
    }
  }
  server.on('upgrade', upgrade)

  const heartbeat = setInterval(() => {
    for (const connection of connections.values()) {
      connection.beat()
      void endIfSignedOut(connection, services)
    }
  }, HEARTBEAT_MS).unref()

  return {
    count: () => connections.size,
    close: async () => {
      isClosing = true
      clearInterval(heartbeat)
      const gone = [...connections.keys()].map(ws => new Promise(resolve => ws.once('close', resolve)))
      for (const connection of connections.values()) connection.end(1001, 'The server is stopping.')
      await Promise.race([Promise.all(gone), sleep(CLOSE_MS, undefined, { ref: false })])
      for (const ws of connections.keys()) ws.terminate()
    },
  }
}

/** A socket lives no longer than the login it came with: logging out ends it with the next heartbeat. */
async function endIfSignedOut({ who, end }: Connection, { store, log }: Services): Promise<void> {
  if (who.kind !== 'user') return
  try {
    const session = await store.get('sessions', who.session)
    if (!session || session.expiresAt < Date.now()) end(1008, 'The session has ended; sign in again.')
  } catch (error) {
    log.error({ err: error }, 'A session could not be looked up')
  }
}
