import type { Owner, Principal } from '../access/principal.js'

/** One connected socket, as a door sees it. */
export interface SocketClient {
  readonly who: Principal
  readonly owner: Owner
  /** Messages to one socket arrive in the order in which they were sent; one too slow to take them is closed. */
  send(message: unknown): void
  /**
   * Sends a picture of the work. While the socket is slow, only the newest one of each `key` waits for it, so that a
   * slow client never grows memory.
   */
  sendPreview(key: string, frame: Uint8Array): void
  close(code: number, reason: string): void
}

/** What a door does with one socket. */
export interface SocketSession {
  /** A text message, of a bounded size; binary ones are refused before. */
  receive(text: string): void
  closed(): void
}

/** A kind of WebSocket endpoint. Origin, identity, message size and pace are seen to before it is asked. */
export interface SocketDoor {
  /** Matched against the whole path of the URL. */
  readonly path: RegExp
  connect(client: SocketClient, match: RegExpExecArray, query: URLSearchParams): SocketSession
}
