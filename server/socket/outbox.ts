import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** Unsent bytes from which a socket counts as slow, and previews wait. */
const SLOW = 2 ** 20
/** Unsent bytes from which a socket is given up. */
const TOO_SLOW = 16 * 2 ** 20
/** Previews that wait at once; there are as many keys as runs that one client watches at work. */
const WAITING = 16

/** What goes out on one socket, in order, and never more than a bounded number of bytes of it in memory. */
export interface Outbox {
  text(frame: Buffer): void
  /** While the socket is slow, only the newest of each key waits. */
  preview(key: string, frame: Uint8Array): void
}

/** Opens the outbox of a socket; `tooSlow` is called when it takes too little of what is sent. */
export function openOutbox(ws: WebSocket, stream: Duplex, tooSlow: () => void): Outbox {
  const waiting = new Map<string, Uint8Array>()
  let isCorked = false

  const write = (frame: Uint8Array, binary: boolean) => {
    // What is sent in one go of the event loop leaves in one system call: a cached run tells of all its nodes at once.
    if (!isCorked) {
      isCorked = true
      stream.cork()
      process.nextTick(() => {
        isCorked = false
        stream.uncork()
      })
    }
    ws.send(frame, { binary })
    if (ws.bufferedAmount <= TOO_SLOW) return
    waiting.clear()
    tooSlow()
  }

  // Comes when all that was unsent has left; whoever is slow for a moment gets the newest picture right then.
  stream.on('drain', () => {
    for (const [key, frame] of waiting) {
      if (ws.readyState !== ws.OPEN || ws.bufferedAmount > SLOW) return
      waiting.delete(key)
      write(frame, true)
    }
  })

  return {
    text: frame => {
      if (ws.readyState === ws.OPEN) write(frame, false)
    },
    preview: (key, frame) => {
      if (ws.readyState !== ws.OPEN) return
      if (ws.bufferedAmount <= SLOW && !waiting.has(key)) return write(frame, true)
      waiting.delete(key)
      waiting.set(key, frame)
      const oldest = waiting.keys().next()
      if (waiting.size > WAITING && !oldest.done) waiting.delete(oldest.value)
    },
  }
}
