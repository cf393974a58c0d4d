import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLog } from '../../../server/log.js'
import { startServer } from '../serving.js'
import { startApp } from './app.js'
import { asker } from './asking.js'

const { services } = await startServer({ access: 'public' })

/** Waits for as many lines of requests. */
async function linesOf(app: { readonly lines: readonly string[] }, count: number) {
  for (;;) {
    const lines = app.lines.map(line => JSON.parse(line)).filter(({ msg }) => msg === 'answered')
    if (lines.length >= count) return lines
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

test('a request is one line: its id, method, route, status, time and kind of caller', async () => {
  const app = await startApp(services)
  await asker(app.url)('GET /api/runs?limit=3')
  const [line] = await linesOf(app, 1)
  const { time, request, ms, ...rest } = line
  assert.deepEqual(rest, {
    level: 30,
    method: 'GET',
    route: '/api/runs',
    who: 'anonymous',
    status: 200,
    msg: 'answered',
  })
  assert.deepEqual([typeof time, typeof request, typeof ms], ['number', 'string', 'number'])
})

test('no line has a query, a path’s values, a body, a header, or what somebody said of himself', async () => {
  const app = await startApp(services)
  const ask = asker(app.url)
  const password = 'canary of a password'
  const person = { email: 'canary@example.org', password, name: 'canary' }
  const { json } = await ask('POST /api/account', { body: JSON.stringify(person) })
  const headers = { Authorization: `Bearer ${json.token}`, 'User-Agent': 'canary', Referer: 'http://canary.example/' }
  const lines = [
    'GET /api/runs/canary',
    'GET /api/runs?search=canary',
    'GET /canary?token=canary',
    'GET /api/auth/me?token=canary',
    'GET /view?filename=canary.png',
    'DELETE /api/history/canary',
    'POST /api/session',
    'POST /prompt',
    'GET /api/artifacts/canary?key=canary',
    'GET /api/shared/canarycanarycanarycanary',
    'GET /userdata/canary%zz',
  ]
  for (const line of lines)
    await ask(line, {
      headers,
      ...(line.startsWith('POST') ? { body: JSON.stringify({ ...person, prompt: 'canary' }) } : {}),
    })
  for (const Authorization of ['Bearer canary', `Basic ${btoa('canary:canary')}`, 'canary'])
    await ask('GET /api/runs', { headers: { Authorization } })
  await ask('GET /api/runs', { headers: { Cookie: 'portrait_session=canary' } })
  await ask('GET /api/runs', { headers: { Host: 'canary.example' } })
  await ask('GET /api/runs', { headers: { Origin: 'http://canary.example' } })
  assert.equal((await linesOf(app, lines.length + 7)).length, lines.length + 7)
  const log = app.lines.join('')
  assert.doesNotMatch(log, /canary/i)
  assert(!log.includes(json.token) && !log.includes(btoa('canary:canary')))
})

test('a level that there is not is refused with those that there are', () => {
  assert.throws(() => openLog('loud'), /PORTRAIT_LOG must be one of .*info.*silent, got "loud"/)
})
