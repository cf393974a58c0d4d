import type { IncomingMessage } from 'node:http'
import { isLoopback } from '../server-config.js'

/** Where a request comes from. A proxy on this machine tells whom it speaks for; anybody else's word is not taken. */
export function addressOf({ socket, headers }: IncomingMessage): string {
  const direct = plain(socket.remoteAddress ?? '')
  if (!isLoopback(direct)) return direct
  const told = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
  return plain(told.at(-1)?.trim() || direct)
}

/** A socket that listens on IPv6 tells IPv4 addresses in another form. */
const plain = (address: string) => address.replace(/^::ffff:/, '')
