import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRates } from '../../../server/http/rates.js'
import { type Route, route } from '../../../server/http/route.js'
import { startServer } from '../serving.js'
import { doorsOf, startApp } from './app.js'
import { asker } from './asking.js'

const TOKEN = 'operator-token-of-the-tests'
const { services } = await startServer({ access: 'public', token: TOKEN })

const about = 'Is there for a test.'
const plain: Route = route({ method: 'get', path: '/a', about, access: 'anyone', handle: () => ({}) })
const dear: Route = { ...plain, path: '/b', perMinute: 3 }
const NOBODY = { kind: 'anonymous' } as const

/** How many calls are let through before one is refused. */
function calls(call: () => void): number {
  for (let count = 0; count < 5000; count++) {
    try {
      call()
    } catch {
      return count
    }
  }
  return Infinity
}

test('one address may call 1200 times a minute, and a route that costs much as often as it says', () => {
  let time = 0
  const rates = openRates(() => time)
  assert.equal(
    calls(() => rates.count(NOBODY, '203.0.113.1', dear)),
    3,
  )
  assert.equal(
    calls(() => rates.count(NOBODY, '203.0.113.1', plain)),
    1196,
  )
  assert.equal(
    calls(() => rates.count(NOBODY, '203.0.113.2', plain)),
    1200,
    'each address for itself',
  )
  time = 59_000
  assert.throws(() => rates.count(NOBODY, '203.0.113.1', plain), {
    status: 429,
    message: /At most 1200.*wait 1 s/,
    headers: { 'Retry-After': '1' },
  })
  time = 60_000
  assert.equal(
    calls(() => rates.count(NOBODY, '203.0.113.1', dear)),
    3,
  )
})

test('a body counts as one call more for each 64 kB, but for the operator', () => {
  const rates = openRates(() => 0)
  rates.count(NOBODY, '203.0.113.1', plain)
  rates.weigh(NOBODY, '203.0.113.1', 65_535)
  rates.weigh(NOBODY, '203.0.113.1', 1190 << 16)
  assert.equal(
    calls(() => rates.count(NOBODY, '203.0.113.1', plain)),
    9,
  )
  assert.throws(() => rates.weigh(NOBODY, '203.0.113.2', 1201 << 16), { status: 429 })
  rates.weigh({ kind: 'operator' }, '203.0.113.2', 1 << 30)
})

test('people are counted as themselves, a network of IPv6 as one, and the operator not at all', () => {
  const rates = openRates(() => 0)
  const user = (id: string) => ({ kind: 'user', id, session: 's' }) as const
  assert.equal(
    calls(() => rates.count(user('ann'), '203.0.113.1', dear)),
    3,
  )
  assert.equal(
    calls(() => rates.count(user('ann'), '203.0.113.9', dear)),
    0,
  )
  assert.equal(
    calls(() => rates.count(user('bob'), '203.0.113.1', dear)),
    3,
  )
  let host = 0
  assert.equal(
    calls(() => rates.count(NOBODY, `2001:db8::${(host++).toString(16)}`, dear)),
    3,
  )
  assert.equal(
    calls(() => rates.count({ kind: 'operator' }, '203.0.113.1', dear)),
    Infinity,
  )
})

test('addresses without end do not grow memory without end', () => {
  const rates = openRates(() => 0)
  let host = 0
  const call = () => rates.count(NOBODY, `10.${host >> 16}.${(host >> 8) & 255}.${host++ & 255}`, plain)
  rates.count(NOBODY, 'x', dear)
  for (let i = 0; i < 100_010; i++) call()
  assert.equal(
    calls(() => rates.count(NOBODY, 'x', dear)),
    3,
    'the count has begun anew',
  )
})

test('sign-up, sign-in, uploads and what starts runs have limits of their own, wherever they are', () => {
  const limited = doorsOf(services).flatMap(({ name, routes }) =>
    routes.flatMap(({ method, path, perMinute }) => (perMinute === undefined ? [] : [`${name} ${method} ${path}`])),
  )
  assert.deepEqual(limited, [
    'native post /api/account',
    'native post /api/session',
    'native post /api/runs',
    'native post /api/workflows/import',
    'native post /api/artifacts',
    'original post /api/auth/register',
    'original post /api/auth/login',
    'original post /api/upload/image',
    'original post /api/generation/start',
    'comfy post /prompt',
    'comfy post /upload/image',
    'comfy post /upload/mask',
  ])
})

test('who calls too often is told when to come again, in the form of each door; alone on a machine nobody is counted', async () => {
  const doors = doorsOf(services).map(door => ({
    ...door,
    routes: door.routes.map(each => ({ ...each, perMinute: 2 })),
  }))
  const ask = asker((await startApp(services, { doors })).url)
  const askOpen = asker((await startApp(services, { doors, config: { access: 'open' } })).url)
  for (const [path, says] of [
    ['/api/health', (json: Json) => json.code],
    ['/api/demo-images', (json: Json) => json.detail],
    ['/queue', (json: Json) => json.error.type],
  ] as const) {
    const statuses = []
    for (let i = 0; i < 3; i++) statuses.push((await ask(`GET ${path}`)).status)
    assert.deepEqual(statuses, [200, 200, 429])
    const { headers, json } = await ask(`GET ${path}`)
    assert(Number(headers['retry-after']) > 0)
    assert.match(says(json), /too-many-requests|At most 2 /)
    const program = { Authorization: `Bearer ${TOKEN}` }
    assert.equal((await ask(`GET ${path}`, { headers: program })).status, 200, 'the operator')
    assert.equal((await ask(`GET ${path}`, { headers: { 'X-Forwarded-For': '203.0.113.7' } })).status, 200, 'another')
    for (let i = 0; i < 4; i++) assert.equal((await askOpen(`GET ${path}`)).status, 200)
  }
})

// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of it
type Json = any
