import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { ANONYMOUS } from '../../../server/access/principal.js'
import { addressOf } from '../../../server/socket/address.js'
import { openSeats } from '../../../server/socket/seats.js'
import { startServer } from '../serving.js'
import { connect } from './client.js'
import { door, echo, openTestSockets } from './echo-door.js'

const TOKEN = 'operator-token-of-the-tests'
const open = await startServer()
const closed = await startServer({ access: 'accounts', token: TOKEN })
const { accounts } = closed.services
const whoami = door(({ who, owner, send }) => void send({ type: 'who', kind: who.kind, owner }), /^\/who$/)
const openSockets = await openTestSockets(open.services, [echo, whoami])
const closedSockets = await openTestSockets(closed.services, [whoami])

await accounts.register({ email: 'ann@example.com', password: 'A long enough passw0rd', name: 'Ann' })
const signIn = () =>
  accounts.login({ email: 'ann@example.com', password: 'A long enough passw0rd', address: '127.0.0.1' })

/** Who the server takes a client for. */
async function whoIs(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  const client = await connect(url, { headers })
  const { kind } = await client.until(({ type }) => type === 'who')
  await client.close()
  return kind
}

test('a page of another origin gets no socket', async () => {
  for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1.evil.example', 'file://']) {
    await assert.rejects(connect(`${openSockets.url}/who`, { headers: { origin } }), /status 403/, origin)
  }
})

test('a name that this server does not have gets no socket', async () => {
  const headers = { host: 'evil.example' }
  await assert.rejects(connect(`${openSockets.url}/who`, { headers }), /status 403/)
})

test("the server's own pages and programs without an origin get a socket", async () => {
  assert.equal(await whoIs(`${openSockets.url}/who`), 'anonymous')
  assert.equal(await whoIs(`${openSockets.url}/who`, { origin: openSockets.url }), 'anonymous')
})

test('a token in a header, in the URL or as a password tells who one is', async () => {
  const url = `${closedSockets.url}/who`
  const { token } = await signIn()
  assert.equal(await whoIs(url, { authorization: `Bearer ${TOKEN}` }), 'operator')
  assert.equal(await whoIs(url, { authorization: `Basic ${btoa(`anybody:${TOKEN}`)}` }), 'operator')
  assert.equal(await whoIs(`${url}?token=${TOKEN}`), 'operator')
  assert.equal(await whoIs(`${url}?token=${token}`), 'user')
  assert.equal(await whoIs(url, { cookie: `a=b; portrait_session=${token}`, origin: closedSockets.url }), 'user')
})

test('credentials that are worth nothing are refused, also where none are needed', async () => {
  const { token } = await signIn()
  const who = await accounts.identify(token)
  assert(who)
  await accounts.logout(who)
  for (const worthless of ['x', `${TOKEN}x`, token, '']) {
    for (const { url } of [openSockets, closedSockets]) {
      await assert.rejects(connect(`${url}/who?token=${worthless}`), /status 401/, worthless)
      const headers = { authorization: `Bearer ${worthless}` }
      await assert.rejects(connect(`${url}/who`, { headers }), /status 401/, worthless)
    }
  }
})

test('nobody known gets no socket where people have accounts', async () => {
  await assert.rejects(connect(`${closedSockets.url}/who`), /status 401.*sign in/i)
})

test('a socket ends when its user signs out', async context => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  const { url } = await openTestSockets(closed.services, [whoami])
  const [gone, stays] = [await signIn(), await signIn()]
  const [goner, stayer] = [
    await connect(`${url}/who?token=${gone.token}`),
    await connect(`${url}/who?token=${stays.token}`),
  ]
  const who = await accounts.identify(gone.token)
  assert(who)
  await accounts.logout(who)
  const isAsked = once(stayer.ws, 'ping')
  context.mock.timers.tick(30_000)
  assert.equal(await goner.closed, 1008)
  await isAsked
  assert.equal(stayer.ws.readyState, stayer.ws.OPEN)
})

test('a path that no door has is not found', async () => {
  for (const path of ['/', '/who/', '/whoo', '/a/who', '/echo%00', '//echo']) {
    await assert.rejects(connect(openSockets.url + path), /status 404/, path)
  }
})

test('one person may not take all sockets', () => {
  const seats = openSeats()
  const user = { kind: 'user', id: 'ann', session: 's' } as const
  const leave = Array.from({ length: 64 }, () => seats.take(user, '203.0.113.1'))
  assert.throws(() => seats.take(user, '203.0.113.9'), { status: 429 })
  leave[0]?.()
  leave[0]?.()
  seats.take(user, '203.0.113.1')
  assert.throws(() => seats.take(user, '203.0.113.1'), { status: 429 })
  seats.take({ ...user, id: 'bob' }, '203.0.113.1')
})

test('one address may not take all sockets, and a network of IPv6 counts as one', () => {
  for (const addresses of [['203.0.113.1'], ['2001:db8::1', '2001:db8:0:0:7::2', '2001:db8:0:0:1:2:3:4']]) {
    const seats = openSeats()
    for (let n = 0; n < 256; n++) seats.take(ANONYMOUS, addresses[n % addresses.length] as string)
    assert.throws(() => seats.take(ANONYMOUS, addresses[0] as string), { status: 429 })
    seats.take(ANONYMOUS, '203.0.113.2')
  }
})

test('an address is told by the connection, or by a proxy on this machine', () => {
  const cases = [
    ['203.0.113.1', undefined, '203.0.113.1'],
    ['::ffff:203.0.113.1', '198.51.100.7', '203.0.113.1'],
    ['127.0.0.1', undefined, '127.0.0.1'],
    ['::ffff:127.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['::1', '1.2.3.4, 198.51.100.7', '198.51.100.7'],
    ['127.0.0.1', '', '127.0.0.1'],
  ] as const
  for (const [remoteAddress, told, address] of cases) {
    const headers = told === undefined ? {} : { 'x-forwarded-for': told }
    const request = { socket: { remoteAddress }, headers } as unknown as IncomingMessage
    assert.equal(addressOf(request), address)
  }
})

test('the sockets of all together are limited', () => {
  const seats = openSeats()
  for (let n = 0; n < 4096; n++) seats.take(ANONYMOUS, `10.0.${n >> 8}.${n & 255}`)
  assert.throws(() => seats.take(ANONYMOUS, '203.0.113.1'), { status: 503 })
})
