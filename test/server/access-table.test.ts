import assert from 'node:assert/strict'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { SignJWT } from 'jose'
import { openAccounts } from '../../server/access/accounts.js'
import type { Principal } from '../../server/access/principal.js'
import { keyFor, readSecret } from '../../server/access/secret.js'
import { SESSION_IDLE } from '../../server/access/sessions.js'
import { comfyDoor } from '../../server/comfy/door.js'
import { createApp } from '../../server/http/app.js'
import { docsDoor } from '../../server/http/docs/door.js'
import type { Access, Door, Route } from '../../server/http/route.js'
import { nativeDoor } from '../../server/native/door.js'
import { originalDoor } from '../../server/original/door.js'
import type { AccessMode } from '../../server/server-config.js'
import { ADA, HERE, TOKEN } from './access/setup.js'
import { startServer } from './serving.js'

/*
 * Every route of every door, at every place where it answers, is asked with every kind of credential on every kind of
 * server. The doors are the real ones; only what a route does is replaced by telling who was let in, so that what is
 * expected follows from `route.access` alone, and a new route is in the table by being in its door.
 */

const { services, home } = await startServer({ access: 'accounts', token: TOKEN })
const api = [nativeDoor(services), originalDoor(services), comfyDoor(services)]
const doors = [...api, docsDoor(api, services)]

interface Place {
  readonly door: Door
  readonly route: Route
  readonly path: string
  readonly pattern: RegExp
}

const places: readonly Place[] = doors.flatMap(door =>
  ['', ...(door.prefixes ?? [])].flatMap(prefix =>
    door.routes.map(route => ({
      door,
      route,
      path: prefix + route.path.replace(/:\w+/g, 'x'),
      pattern: new RegExp(`^${(prefix + route.path).replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`),
    })),
  ),
)

/** Of the places that fit a call, the first answers. */
const answering = ({ route: { method }, path }: Place) =>
  places.find(place => place.route.method === method && place.pattern.test(path)) as Place

const telling = (door: Door): Door => ({
  ...door,
  routes: door.routes.map(({ method, path, about, access }) => ({
    method,
    path,
    about,
    access,
    handle: ({ who, seesAnonymous }) => ({ json: { who: who.kind, seesAnonymous } }),
  })),
})

const agent = new Agent({ keepAlive: true, maxSockets: 16 })
after(() => agent.destroy())

async function listen(access: AccessMode): Promise<number> {
  const server = createServer(createApp({ ...services, config: { ...services.config, access } }, doors.map(telling)))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  after(() => void server.close())
  return (server.address() as AddressInfo).port
}

let calls = 0

function call(port: number, { route, path }: Place, headers: Record<string, string>) {
  // Behind a proxy that speaks for many addresses, so that nobody asks too often.
  const address = `10.0.${(++calls >> 8) % 256}.${calls % 256}`
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const options = { port, agent, method: route.method, path, headers: { ...headers, 'X-Forwarded-For': address } }
    const sent = request(options, async response => {
      let text = ''
      for await (const part of response.setEncoding('utf8')) text += part
      resolve({ status: response.statusCode ?? 0, text })
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** Who a credential stands for: one of the kinds, or nobody any more. */
interface Credential {
  readonly stands: Principal['kind'] | 'worthless'
  readonly headers: Record<string, string>
}

async function makeCredentials(): Promise<Readonly<Record<string, Credential>>> {
  const { accounts, store, log } = services
  const secret = await readSecret(join(home, 'server'), {})
  const open = (now: number) =>
    openAccounts({ store, config: {}, secret, log, forget: async () => {}, cost: 4, now: () => now })
  const { id: ada } = await open(Date.now()).register(ADA)
  const { id: eve } = await open(Date.now()).register({ ...ADA, email: 'eve@example.org' })
  const login = async (email: string, now = Date.now()) => {
    const { token } = await open(now).login({ ...ADA, email, address: HERE })
    return token
  }
  const expired = await login(ADA.email, Date.now() - SESSION_IDLE)
  const left = await login(ADA.email)
  await accounts.logout((await accounts.identify(left)) as Principal)
  const good = await login('eve@example.org')

  const [header = '', payload = '', signature = ''] = good.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const sign = (key: Uint8Array, changed: object = {}) =>
    new SignJWT({ ...claims, ...changed }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(key)
  const bearer = (stands: Credential['stands'], token: string): Credential => ({
    stands,
    headers: { Authorization: `Bearer ${token}` },
  })
  const none = encode({ alg: 'none', typ: 'JWT' })
  assert.equal(claims.sub, eve)
  return {
    'no credential': { stands: 'anonymous', headers: {} },
    "another user's token": bearer('user', good),
    "another user's token as a password": { stands: 'user', headers: { Authorization: `Basic ${btoa(`x:${good}`)}` } },
    "another user's cookie": {
      stands: 'user',
      headers: { Cookie: `portrait_session=${good}`, 'Sec-Fetch-Site': 'same-origin' },
    },
    "the operator's token": bearer('operator', TOKEN),
    'an expired token': bearer('worthless', expired),
    'a token after logout': bearer('worthless', left),
    'a token with alg none': bearer('worthless', `${none}.${payload}.`),
    'a token with alg none and the old signature': bearer('worthless', `${none}.${payload}.${signature}`),
    'a token with another subject': bearer('worthless', `${header}.${encode({ ...claims, sub: ada })}.${signature}`),
    'a token with a role of its own': bearer(
      'worthless',
      `${header}.${encode({ ...claims, role: 'operator', kind: 'operator' })}.${signature}`,
    ),
    'a token signed by a stranger': bearer('worthless', await sign(new Uint8Array(32))),
    "a token signed with the secret of another purpose's key": bearer('worthless', await sign(keyFor(secret, 'links'))),
    "another user's session under our own signature": bearer(
      'worthless',
      await sign(keyFor(secret, 'tokens'), { sub: ada }),
    ),
    "the operator's token but for its end": bearer('worthless', TOKEN.slice(0, -1)),
    garbage: bearer('worthless', 'garbage'),
    'an empty token': bearer('worthless', ''),
    'a garbage cookie': {
      stands: 'worthless',
      headers: { Cookie: 'portrait_session=garbage', 'Sec-Fetch-Site': 'same-origin' },
    },
  }
}

/** What follows from `access`; who is let in is told by his kind. */
function expected({ door, route: { access } }: Place, { stands }: Credential, mode: AccessMode) {
  if (stands === 'worthless' && access !== 'anyone' && door.name !== 'original') return 401
  const kind = stands === 'worthless' ? 'anonymous' : stands
  return isLetIn(access, kind, mode) ? kind : access === 'operator' && kind === 'user' ? 403 : 401
}

function isLetIn(access: Access, kind: Principal['kind'], mode: AccessMode): boolean {
  switch (access) {
    case 'anyone':
      return true
    case 'visitor':
      return kind !== 'anonymous' || mode !== 'accounts'
    case 'user':
      return kind === 'user'
    case 'operator':
      return kind === 'operator' || mode === 'open'
  }
}

const credentials = await makeCredentials()

/** Of worthless credentials one will do where forging has been tried in all ways on another server. */
const FORGED_IN: AccessMode = 'accounts'
const ELSEWHERE = ['no credential', "another user's token", "the operator's token", 'garbage']

for (const mode of ['open', 'accounts', 'public'] as const) {
  const port = await listen(mode)
  for (const [name, credential] of Object.entries(credentials)) {
    if (mode !== FORGED_IN && !ELSEWHERE.includes(name)) continue
    test(`where access is ${mode}, ${name} opens what it should and nothing else`, async () => {
      await Promise.all(
        places.map(async place => {
          const { status, text } = await call(port, place, credential.headers)
          const at = `${place.route.method} ${place.path}: ${text}`
          const wanted = expected(answering(place), credential, mode)
          if (typeof wanted === 'number') assert.equal(status, wanted, at)
          else assert.deepEqual([status, JSON.parse(text)], [200, { who: wanted, seesAnonymous: mode === 'open' }], at)
        }),
      )
    })
  }
}

test('what is open to anyone, and what is for the operator, is so on purpose', () => {
  const named = (access: Access) =>
    doors.flatMap(({ name, routes }) =>
      routes.filter(route => route.access === access).map(({ method, path }) => `${name} ${method} ${path}`),
    )
  // Whoever adds a line here has made sure that strangers may have it, whatever the server is set up as.
  assert.deepEqual(named('anyone'), [
    'native get /',
    'native get /api/health',
    'native post /api/account',
    'native post /api/session',
    'native delete /api/session',
    // Both are reached by links that cannot be guessed.
    'native get /api/shared/:token',
    'native get /api/artifacts/:name',
    'original get /health',
    'original get /api/demo-images',
    'original get /demo/:file',
    'original post /api/auth/register',
    'original post /api/auth/login',
    'original post /api/auth/logout',
    'original get /api/auth/me',
    // By signed URLs, or as their owner.
    'original get /uploads/:file',
    'original get /outputs/:file',
    'original get /outputs/:folder/preview.jpg',
    'native get /api/openapi.json',
    'native get /openapi.json',
    'native get /docs',
    'native get /api/docs',
    'native get /docs.js',
  ])
  assert.deepEqual(named('operator'), ['native get /api/metrics', 'comfy post /free'])
})
