import type { Server } from 'node:http'

/**
 * Sets how long a connection may take. Bodies have limits of their own where they are read: a time for JSON, a pace for
 * uploads, which may be long; what nobody reads is cut off after its answer.
 */
export function limitTimes(server: Server): void {
  server.headersTimeout = 15_000
  server.requestTimeout = 3_600_000
  // Longer than the 60 s of usual proxies, which would otherwise send into a connection that is just closing.
  server.keepAliveTimeout = 65_000
}
