import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../serving.js'
import { connect } from '../socket/client.js'
import { asker } from './asking.js'

/* S10: what a page of somebody else's can make a browser send. */

const PAGE = 'http://app.example:3008'
const open = await startServer()
const shared = await startServer({ origins: [PAGE], hosts: ['Portrait.LAN'] })
const ask = asker(open.url)
const askShared = asker(shared.url)

/** Prompts that were queued: none may be. */
const PROMPT = JSON.stringify({ prompt: { 1: { class_type: 'Echo', inputs: { value: 1 } } } })
const queued = async () => (await open.services.store.list('runs')).length
const SOCKETS = ['/ws', '/comfy/ws', '/api/ws', '/ws/client-1', '/api/socket']

test('a page of a foreign or hidden origin may call nothing, neither read nor change', async () => {
  for (const Origin of ['null', 'http://evil.example', `${open.url}.evil.example`, 'file://', `${open.url}0`, '']) {
    for (const line of ['GET /api/runs', 'POST /prompt', 'POST /api/generation/start', 'DELETE /api/history']) {
      const { status, headers } = await ask(line, { headers: { Origin }, body: PROMPT })
      assert.equal(status, 403, `${line} from "${Origin}"`)
      assert.equal(headers['access-control-allow-origin'], undefined)
    }
  }
  assert.equal(await queued(), 0)
})

test('a form of a foreign page starts no prompt, whatever it says its body is', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b', '']) {
    for (const path of ['/prompt', '/comfy/prompt', '/api/prompt', '/interrupt', '/queue', '/upload/image']) {
      const headers = { 'Content-Type': type, Origin: 'http://evil.example', 'Sec-Fetch-Site': 'cross-site' }
      assert.equal((await ask(`POST ${path}`, { headers, body: PROMPT })).status, 403, `${path} as ${type}`)
      const { Origin: _, ...hidden } = headers
      assert.equal((await ask(`POST ${path}`, { headers: hidden, body: PROMPT })).status, 403)
    }
  }
  assert.equal(await queued(), 0)
})

test('a request with the cookie of a session must say where it comes from', async () => {
  const session = { Cookie: 'a=b; portrait_session=x' }
  for (const line of ['POST /prompt', 'PUT /api/settings', 'DELETE /api/session'])
    assert.equal((await ask(line, { headers: session, body: '{}' })).status, 403, line)
  const own = { ...session, Origin: open.url }
  assert.equal((await ask('DELETE /api/session', { headers: own })).status, 204)
  const told = { ...session, 'Sec-Fetch-Site': 'same-origin' }
  assert.equal((await ask('DELETE /api/session', { headers: told })).status, 204)
  assert.equal((await ask('GET /api/health', { headers: session })).status, 200, 'looking changes nothing')
  const program = { ...session, Authorization: 'Bearer x' }
  assert.equal((await ask('DELETE /api/session', { headers: program })).status, 204, 'no page sends that header')
})

test('a name that is not this server’s gets nothing, so that no name can be made to point here', async () => {
  for (const Host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost.evil.example', 'x@y']) {
    for (const line of ['GET /', 'GET /api/health', 'GET /nowhere', 'POST /prompt', 'OPTIONS /prompt'])
      assert.equal((await ask(line, { headers: { Host }, body: PROMPT })).status, 403, `${line} at "${Host}"`)
    // Also as a page that is opened, and with an origin that fits.
    const headers = { Host, Origin: `http://${Host}`, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
    assert.equal((await ask('GET /', { headers })).status, 403)
  }
  for (const Host of ['127.0.0.1', 'localhost', 'LOCALHOST:1', '[::1]:8008', '192.168.0.7:80'])
    assert.equal((await ask('GET /api/health', { headers: { Host } })).status, 200, Host)
  for (const Host of ['portrait.lan', 'PORTRAIT.lan:8008'])
    assert.equal((await askShared('GET /api/health', { headers: { Host } })).status, 200, Host)
  assert.equal(await queued(), 0)
})

test('a socket is opened for no foreign page, by no foreign name, and not by the cookie alone', async () => {
  for (const path of SOCKETS) {
    for (const headers of [
      { Origin: 'http://evil.example' },
      { Origin: 'null' },
      { Host: 'evil.example' },
      { Cookie: 'portrait_session=x' },
    ])
      await assert.rejects(connect(open.url + path, { headers }), /status 403/, `${path} ${JSON.stringify(headers)}`)
    await (await connect(open.url + path, { headers: { Origin: open.url } })).close()
    await (await connect(shared.url + path, { headers: { Origin: PAGE } })).close()
  }
})

test('other sites may lead to a page of ours, but not put it or its pictures into their own', async () => {
  const from = (mode: string, dest: string) => ({
    headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': mode, 'Sec-Fetch-Dest': dest },
  })
  assert.equal((await ask('GET /', from('navigate', 'document'))).status, 200)
  assert.equal((await ask('GET /', from('navigate', 'iframe'))).status, 403)
  assert.equal((await ask('GET /api/runs', from('no-cors', 'image'))).status, 403)
  assert.equal((await ask('GET /api/runs', from('no-cors', 'script'))).status, 403)
  assert.equal((await ask('POST /interrupt', from('navigate', 'document'))).status, 403)
})

test('pages of origins that are listed may call, also with a token, and show pictures', async () => {
  const preflight = await askShared('OPTIONS /api/runs', {
    headers: {
      Origin: PAGE,
      'Access-Control-Request-Method': 'DELETE',
      'Access-Control-Request-Headers': 'authorization,content-type',
    },
  })
  assert.equal(preflight.status, 204)
  assert.equal(preflight.headers['access-control-allow-origin'], PAGE)
  assert.match(preflight.headers['access-control-allow-methods'] ?? '', /DELETE/)
  assert.match(preflight.headers['access-control-allow-headers'] ?? '', /Authorization.*Content-Type/)
  assert.equal(preflight.headers['access-control-allow-credentials'], 'true')
  for (const line of ['GET /api/runs', 'POST /prompt', 'GET /nowhere', 'DELETE /prompt']) {
    const { status, headers } = await askShared(line, { headers: { Origin: PAGE, 'Sec-Fetch-Site': 'cross-site' } })
    assert.notEqual(status, 403, line)
    assert.equal(headers['access-control-allow-origin'], PAGE, `${line}: also a refusal can be read`)
    assert.match(headers.vary ?? '', /Origin/)
  }
  const picture = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }
  const shown = await askShared('GET /demo/reference.png', { headers: { ...picture, Referer: `${PAGE}/` } })
  assert.deepEqual([shown.status, shown.headers['cross-origin-resource-policy']], [200, 'cross-origin'])
  for (const Referer of ['http://evil.example/', `${PAGE}.evil.example/`, 'x', undefined])
    assert.equal(
      (await askShared('GET /demo/reference.png', { headers: { ...picture, ...(Referer ? { Referer } : {}) } })).status,
      403,
    )
})

test('origins that are not listed get no leave, and nobody does where none is listed', async () => {
  for (const [url, Origin] of [
    [shared.url, 'http://app.example:3009'],
    [shared.url, 'https://app.example:3008'],
    [shared.url, 'null'],
    [open.url, PAGE],
  ] as const) {
    for (const line of ['OPTIONS /api/runs', 'GET /api/runs']) {
      const { status, headers } = await asker(url)(line, { headers: { Origin } })
      assert.equal(status, 403)
      assert.deepEqual(
        Object.keys(headers).filter(name => name.startsWith('access-control')),
        [],
      )
    }
  }
})

test('browsers are told to trust nothing but this server, whatever is answered', async () => {
  for (const line of [
    'GET /',
    'GET /docs',
    'GET /api/runs',
    'GET /nowhere',
    'POST /prompt',
    'GET /demo/reference.png',
  ]) {
    const { headers } = await ask(line, { body: '{' })
    const csp = String(headers['content-security-policy'])
    assert.match(csp, /default-src 'self'/, line)
    assert.match(csp, /frame-ancestors 'none'/)
    assert.match(csp, /object-src 'none'/)
    assert.doesNotMatch(csp.replace(/style-src[^;]*/, ''), /unsafe|\*|https?:/, 'no scripts from elsewhere or in pages')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['x-frame-options'], 'DENY')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
    assert.equal(headers['x-powered-by'], undefined)
  }
})
