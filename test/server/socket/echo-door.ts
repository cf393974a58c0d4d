import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import type { Services } from '../../../server/services.js'
import type { SocketClient, SocketDoor, SocketSession } from '../../../server/socket/socket-door.js'
import { openSockets, type Sockets } from '../../../server/socket/sockets.js'

/** A door of a test: does with a socket what the test says. */
export const door = (
  connect: (client: SocketClient, match: RegExpExecArray, query: URLSearchParams) => Partial<SocketSession> | undefined,
  path = /^\/test\/([^/]*)$/,
): SocketDoor => ({
  path,
  connect: (client, match, query) => ({ receive: () => {}, closed: () => {}, ...connect(client, match, query) }),
})

/** Sends back what it is sent. */
export const echo = door(client => ({ receive: text => client.send({ type: 'echo', text }) }), /^\/echo$/)

/** An HTTP server with nothing but these sockets, asking the services who comes. */
export async function openTestSockets(
  services: Services,
  doors: readonly SocketDoor[] = [echo],
): Promise<{ url: string; port: number; sockets: Sockets }> {
  const server = createServer()
  const sockets = openSockets(server, services, doors)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  after(async () => {
    await sockets.close()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, sockets }
}
