import type { Server } from 'node:http'

/** A body may take this long: an upload of 100 MB over a slow line, but not one byte a second for ever. */
const REQUEST_MS = 300_000
const HEADERS_MS = 15_000
const KEEP_ALIVE_MS = 30_000

/** Gives no caller more time than a slow line needs. What comes too slowly is answered 408. */
export function limitTimes(server: Server, requestMs = REQUEST_MS): void {
  server.requestTimeout = requestMs
  server.headersTimeout = Math.min(HEADERS_MS, requestMs)
  server.keepAliveTimeout = KEEP_ALIVE_MS
}
