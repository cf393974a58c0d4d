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

/** An IPv6 network of 64 bits is one household, which has all its addresses to choose from. */
export function networkOf(told: string): string {
  const address = plain(told)
  if (!address.includes(':')) return address
  const [head = [], tail = []] = address.split('::').map(part => part.split(':').filter(Boolean))
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0')
  return [...head, ...zeros, ...tail].slice(0, 4).join(':')
}
