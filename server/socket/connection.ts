import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import { ownerOf, type Principal } from '../access/principal.js'
import { openOutbox } from './outbox.js'
import { openPace } from './pace.js'
import type { SocketClient, SocketDoor, SocketSession } from './socket-door.js'

/** How long a socket that is being closed may take to say goodbye. */
const GOODBYE_MS = 3000

/** A socket that has been let in, and the door it leads to. */
export interface Entry {
  readonly door: SocketDoor
  readonly match: RegExpExecArray
  readonly query: URLSearchParams
  readonly who: Principal
}

/** One live socket. */
export interface Connection {
  readonly who: Principal
  /** Asks whether the other side is there; ends the socket if it has not answered the last time. */
  beat(): void
  end(code: number, reason: string): void
}

/** What connections have in common. */
export interface ConnectionSurroundings {
  readonly log: Logger
  readonly frame: (message: unknown) => Buffer
}

/** Joins a socket to its door. Whatever comes over it, and whatever the door throws, ends at most this socket. */
export function openConnection(
  ws: WebSocket,
  stream: Duplex,
  { door, match, query, who }: Entry,
  { log, frame }: ConnectionSurroundings,
): Connection {
  const end = (code: number, reason: string) => {
    if (ws.readyState !== ws.OPEN) return
    ws.close(code, reason)
    // A slow or hostile client never takes the goodbye; what is unsent must not stay in memory for it.
    const last = setTimeout(() => ws.terminate(), GOODBYE_MS).unref()
    ws.once('close', () => clearTimeout(last))
  }
  const fail = (error: unknown) => {
    log.error({ err: error, path: match[0] }, 'A socket failed')
    end(1011, 'The server failed; this is logged.')
  }
  // Awaited, for a session may answer a promise although it need not, and its rejection must not end the process.
  const guard = async (work: () => unknown) => {
    try {
      await work()
    } catch (error) {
      fail(error)
    }
  }

  const outbox = openOutbox(ws, stream, () => end(1013, 'Too slow to take what was sent; connect again.'))
  const client: SocketClient = {
    who,
    owner: ownerOf(who),
    send: message => void guard(() => outbox.text(frame(message))),
    sendPreview: outbox.preview,
    close: end,
  }

  let session: SocketSession | undefined
  void guard(() => {
    session = door.connect(client, match, query)
  })

  const mayCome = openPace()
  const isPaced = () => {
    if (mayCome()) return true
    end(1008, 'Too many messages; send at most 50 a second.')
    return false
  }
  ws.on('message', (data, isBinary) => {
    if (ws.readyState !== ws.OPEN || !isPaced()) return
    if (isBinary) return end(1003, 'Only text messages are taken.')
    void guard(() => session?.receive(String(data)))
  })
  ws.on('ping', isPaced)
  ws.on('close', () => void guard(() => session?.closed()))
  // Malformed frames and broken connections; ws closes the socket itself, by the code that the fault has.
  ws.on('error', error => log.debug({ err: error, path: match[0] }, 'A socket broke'))

  let isThere = true
  ws.on('pong', () => {
    isThere = true
  })
  return {
    who,
    beat: () => {
      if (!isThere) return ws.terminate()
      isThere = false
      if (ws.readyState === ws.OPEN) ws.ping()
    },
    end,
  }
}
