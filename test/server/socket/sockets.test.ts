import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import type { SocketClient } from '../../../server/socket/socket-door.js'
import { startServer } from '../serving.js'
import { connect, type TestClient } from './client.js'
import { door, echo, openTestSockets } from './echo-door.js'

const { services } = await startServer()

/** The server's side of the socket that has just connected, as the door was given it. */
async function bothSides(): Promise<{ client: TestClient; server: SocketClient }> {
  let server: SocketClient | undefined
  const { url } = await openTestSockets(services, [door(client => void (server = client))])
  const client = await connect(`${url}/test/`)
  assert(server)
  return { client, server }
}

/** Waits until something is so; fails with the test's own time limit. */
async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5)
}

describe('what a client may send', () => {
  test('a message that is too long closes the socket', async () => {
    const { url } = await openTestSockets(services)
    const client = await connect(`${url}/echo`)
    client.ws.send('x'.repeat(2 ** 20 + 1))
    assert.equal(await client.closed, 1009)
  })

  test('a message of the longest length is taken', async () => {
    const { url } = await openTestSockets(services)
    const client = await connect(`${url}/echo`)
    client.ws.send('x'.repeat(2 ** 20))
    assert.equal(((await client.until(() => true)).text as string).length, 2 ** 20)
  })

  test('a binary message closes the socket', async () => {
    const { url } = await openTestSockets(services)
    const client = await connect(`${url}/echo`)
    client.ws.send(Buffer.from('{}'))
    assert.equal(await client.closed, 1003)
    assert.deepEqual(client.messages, [])
  })

  test('a flood of messages or pings closes the socket', async () => {
    const { url } = await openTestSockets(services)
    const talker = await connect(`${url}/echo`)
    for (let n = 0; n < 300; n++) talker.ws.send('x')
    assert.equal(await talker.closed, 1008)
    assert(talker.messages.length <= 210, `${talker.messages.length} were answered`)
    const pinger = await connect(`${url}/echo`)
    for (let n = 0; n < 300; n++) pinger.ws.ping()
    // Those that come in one go are too many for ws already, which hangs up.
    assert.match(String(await pinger.closed), /^(1006|1008)$/)
  })

  test('whatever follows the handshake, the server answers others', async () => {
    const { url, port, sockets } = await openTestSockets(services)
    const bystander = await connect(`${url}/echo`)
    const handshake = `GET /echo HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${UPGRADE}\r\n\r\n`
    const garbage = fc.oneof(fc.uint8Array({ maxLength: 300 }), frameLike)
    await fc.assert(
      fc.asyncProperty(garbage, fc.boolean(), async (bytes, isTogether) => {
        const socket = connectTcp(port, '127.0.0.1')
        socket.on('error', () => {})
        const closed = once(socket, 'close')
        socket.write(handshake)
        if (!isTogether) await once(socket, 'data')
        socket.write(bytes)
        socket.end()
        socket.resume()
        await closed
      }),
      { numRuns: 300 },
    )
    bystander.ws.send('still there?')
    assert.equal((await bystander.until(() => true)).text, 'still there?')
    await eventually(() => sockets.count() === 1)
  })

  test('a handshake that is none is refused, and the server answers others', async () => {
    const { url, port } = await openTestSockets(services)
    const lines = fc.array(fc.constantFrom(...HEADERS), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(lines, fc.constantFrom('GET', 'POST'), async (headers, method) => {
        const socket = connectTcp(port, '127.0.0.1')
        socket.on('error', () => {})
        const host = `Host: 127.0.0.1:${port}`
        const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket'
        socket.write(`${method} /echo HTTP/1.1\r\n${[host, upgrade, ...headers].join('\r\n')}\r\n\r\n`)
        const [answer] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown]
        if (Buffer.isBuffer(answer)) assert.match(String(answer), /^HTTP\/1\.1 (101|4\d\d) /)
        socket.destroy()
      }),
      { numRuns: 150 },
    )
    await (await connect(`${url}/echo`)).close()
  })
})

const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
].join('\r\n')

/** What looks like a frame, but with any opcode, length and flags. */
const frameLike = fc
  .tuple(fc.nat(255), fc.nat(255), fc.uint8Array({ maxLength: 200 }))
  .map(([first, second, rest]) => Uint8Array.from([first, second | 0x80, ...rest]))

const HEADERS = [
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Version: 99',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Key: short',
  'Sec-WebSocket-Protocol: a, a, ,',
  'Sec-WebSocket-Protocol: chat',
  'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99',
  'Authorization: Basic !!!',
  'Authorization: Bearer',
  'Cookie: portrait_session=%%%; =;;',
  'Origin: http://[',
]

describe('what a door may do', () => {
  test('a door that throws loses its socket and nothing else', async () => {
    const doors = [
      door(() => {
        throw new Error('on connecting')
      }, /^\/connect$/),
      door(() => ({
        receive: () => {
          throw new Error('on receiving')
        },
      })),
      door(() => ({ receive: () => Promise.reject(new Error('a moment later')) }), /^\/later$/),
      door(client => ({ receive: () => client.send({ unserialisable: 1n }) }), /^\/bigint$/),
      echo,
    ]
    const { url } = await openTestSockets(services, doors)
    const bystander = await connect(`${url}/echo`)
    for (const path of ['/connect', '/test/', '/later', '/bigint']) {
      const client = await connect(url + path)
      client.ws.send('go')
      assert.equal(await client.closed, 1011, path)
    }
    bystander.ws.send('still there?')
    assert.equal((await bystander.until(() => true)).text, 'still there?')
  })

  test('a door learns of the end of each socket once', async () => {
    const ends: string[] = []
    const { url } = await openTestSockets(services, [door((_, [, name = '']) => ({ closed: () => ends.push(name) }))])
    await (await connect(`${url}/test/a`)).close()
    const polite = await connect(`${url}/test/b`)
    polite.ws.close()
    await polite.closed
    await eventually(() => ends.length === 2)
    assert.deepEqual(ends, ['a', 'b'])
  })

  test('a socket can be closed for another that takes its place', async () => {
    const places = new Map<string, SocketClient>()
    const seat = door((client, [, name = '']) => {
      places.get(name)?.close(4000, 'Taken over')
      places.set(name, client)
      return undefined
    })
    const { url } = await openTestSockets(services, [seat])
    const first = await connect(`${url}/test/one`)
    const second = await connect(`${url}/test/one`)
    assert.equal(await first.closed, 4000)
    places.get('one')?.send({ type: 'hello' })
    await second.until(({ type }) => type === 'hello')
  })

  test('a message to many sockets is put into words once', async () => {
    const clients: SocketClient[] = []
    const { url } = await openTestSockets(services, [door(client => void clients.push(client))])
    const sockets = await Promise.all(['a', 'b', 'c'].map(name => connect(`${url}/test/${name}`)))
    let times = 0
    const message = { toJSON: () => ({ type: 'news', time: ++times }) }
    for (const client of clients) client.send(message)
    for (const socket of sockets) assert.equal((await socket.until(() => true)).time, 1)
    assert.equal(times, 1)
  })
})

describe('what a client gets', () => {
  test('messages and pictures come in the order in which they were sent', async () => {
    const { client, server } = await bothSides()
    for (let n = 0; n < 200; n++) {
      server.send({ type: 'n', n })
      server.sendPreview('run', Buffer.from([n]))
    }
    await client.until(({ n }) => n === 199)
    await eventually(() => client.frames.length === 200)
    const order = client.log.map(item => (Buffer.isBuffer(item) ? (item[0] as number) : (item.n as number)))
    assert.deepEqual(
      order,
      Array.from({ length: 400 }, (_, place) => place >> 1),
    )
  })

  test('a client that is slow gets the newest picture of each key, not all of them', async () => {
    const { client, server } = await bothSides()
    client.ws.pause()
    const size = 100_000
    for (let n = 0; n < 1000; n++) {
      for (const key of ['a', 'b']) server.sendPreview(key, pictureOf(key, n, size))
      if (n % 20 === 0) await sleep(1)
    }
    client.ws.resume()
    const newest = (key: string) => client.frames.findLast(frame => frame[0] === key.charCodeAt(0))?.readUInt32BE(1)
    await eventually(() => newest('a') === 999 && newest('b') === 999)
    const megabytes = (client.frames.length * size) / 1e6
    // 200 MB were made. What the two ends of a connection hold is up to the system: some 6 MB here.
    assert(megabytes < 40, `${megabytes} MB were kept for the client`)
  })

  test('a client that takes nothing is closed before it costs much memory', async () => {
    const { client, server } = await bothSides()
    client.ws.pause()
    const text = 'x'.repeat(2 ** 20)
    for (let n = 0; n < 60; n++) {
      server.send({ type: 'n', n, text })
      await sleep(1)
    }
    client.ws.resume()
    assert.equal(await client.closed, 1013)
    assert(client.messages.length < 40, `${client.messages.length} MiB were kept for the client`)
  })

  test('a client that answers no ping is let go', async context => {
    context.mock.timers.enable({ apis: ['setInterval'] })
    const { url, sockets } = await openTestSockets(services)
    const alive = await connect(`${url}/echo`)
    const dead = await connect(`${url}/echo`, { autoPong: false })
    for (const count of [2, 1, 1]) {
      const pinged = once(alive.ws, 'ping')
      context.mock.timers.tick(30_000)
      await pinged
      await eventually(() => sockets.count() === count)
      alive.ws.send('after the pong')
      await once(alive.ws, 'message')
    }
    assert.equal(await dead.closed, 1006)
  })

  test('clients that come and go leave nothing behind', async () => {
    const { url, port, sockets } = await openTestSockets(services)
    for (let wave = 0; wave < 4; wave++) {
      const clients = await Promise.all(Array.from({ length: 40 }, () => connect(`${url}/echo`)))
      for (const [n, { ws }] of clients.entries()) n % 2 === 0 ? ws.terminate() : ws.close()
      for (let n = 0; n < 10; n++)
        connectTcp(port, '127.0.0.1')
          .on('error', () => {})
          .end('GET /echo HTTP/1.1\r\n')
      await Promise.all(clients.map(({ closed }) => closed))
    }
    await eventually(() => sockets.count() === 0)
    const client = await connect(`${url}/echo`)
    client.ws.send('hello')
    await client.until(({ text }) => text === 'hello')
  })

  test('a server that stops says goodbye and takes no more', async () => {
    const { url, sockets } = await openTestSockets(services)
    const client = await connect(`${url}/echo`)
    await sockets.close()
    assert.equal(await client.closed, 1001)
    assert.equal(sockets.count(), 0)
    await assert.rejects(connect(`${url}/echo`), /status 503/)
  })
})

function pictureOf(key: string, n: number, size: number): Buffer {
  const picture = Buffer.alloc(size)
  picture.write(key)
  picture.writeUInt32BE(n, 1)
  return picture
}
