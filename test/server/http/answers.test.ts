import assert from 'node:assert/strict'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { type Answer, type Door, type Route, route } from '../../../server/http/route.js'
import { nativeFail } from '../../../server/native/fail.js'
import { originalFail } from '../../../server/original/fail.js'
import { startServer } from '../serving.js'
import { startApp } from './app.js'
import { asker, openWire } from './asking.js'

const { url, services } = await startServer()
const ask = asker(url)

/** A door of one test's own routes. */
const doorOf = (routes: Readonly<Record<string, Route['handle']>>, access: Route['access'] = 'anyone'): Door => ({
  name: 'native',
  fail: nativeFail,
  routes: Object.entries(routes).map(([path, handle]) =>
    route({ method: 'get', path, about: 'Is there for a test.', access, handle }),
  ),
})

/** Resolves when something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setTimeout(resolve, 5))
}

test('an unknown path is not found, in the form of the door that it would belong to', async () => {
  const native = { code: 'not-found', message: 'Not Found' }
  const original = { detail: 'Not Found' }
  for (const [path, form] of [
    ['/api/nothing', native],
    ['/api/', native],
    ['/api/history/a/b', original],
    ['/api/generation', original],
    ['/uploads/a/b', original],
    ['/outputs', original],
  ] as const)
    assert.deepEqual([(await ask(`GET ${path}`)).status, (await ask(`GET ${path}`)).json], [404, form], path)
  for (const path of ['/nothing', '/comfy', '/comfy/nothing', '/apix', '//', '/..%2f..%2fetc/passwd']) {
    const { status, json } = await ask(`GET ${path}`)
    assert.deepEqual([status, json.error.type, json.node_errors], [404, 'not-found', {}], path)
  }
})

test('an unknown method is refused with those that there are, in the form of the door that has the path', async () => {
  for (const [line, allow, form] of [
    ['DELETE /api/health', 'GET, HEAD, OPTIONS', (json: unknown) => Object.keys(json as object).join()],
    ['PUT /api/runs/x', 'GET, PATCH, DELETE, HEAD, OPTIONS', undefined],
    ['GET /api/generation/start', 'POST, OPTIONS', undefined],
    ['DELETE /prompt', 'GET, POST, HEAD, OPTIONS', undefined],
    ['PUT /api/history', 'GET, DELETE, POST, HEAD, OPTIONS', undefined],
    ['TRACE /prompt', 'GET, POST, HEAD, OPTIONS', undefined],
  ] as const) {
    const { status, headers, json } = await ask(line)
    assert.equal(status, 405, line)
    assert.deepEqual(headers.allow?.split(', ').sort(), allow.split(', ').sort(), line)
    if (form) assert.equal(form(json), 'code,message')
  }
  assert.deepEqual((await ask('PUT /api/history')).json, { detail: 'Method Not Allowed' })
  assert.equal((await ask('DELETE /comfy/prompt')).json.error.type, 'method-not-allowed')
  assert.equal((await ask('DELETE /api/prompt')).json.error.type, 'method-not-allowed')
})

test('what a path can do is told to who asks for its options', async () => {
  const { status, headers } = await ask('OPTIONS /prompt')
  assert.deepEqual([status, headers.allow], [204, 'GET, POST, HEAD, OPTIONS'])
  assert.equal((await ask('OPTIONS /nothing')).status, 404)
})

test('a path may end in a slash, is told by its case, and its broken escapes are told', async () => {
  assert.equal((await ask('GET /api/health/')).status, 200)
  assert.equal((await ask('GET /API/health')).status, 404)
  assert.equal((await ask('GET /api/health//')).status, 404)
  for (const path of ['/api/runs/%zz', '/api/runs/%', '/api/runs/%ff', '/uploads/%c0%af', '/userdata/%e0%a4%a']) {
    const { status, json } = await ask(`GET ${path}`)
    assert.equal(status, 400, path)
    assert.match(JSON.stringify(json), /not followed by the digits/)
    assert.doesNotMatch(JSON.stringify(json), /at .*\.js/, 'and no stack')
  }
})

test('HEAD answers the headers of GET, and nothing more', async () => {
  for (const path of ['/', '/api/health', '/demo/reference.png', '/api/nodes', '/object_info', '/nothing', '/docs']) {
    const [head, get] = [await ask(`HEAD ${path}`), await ask(`GET ${path}`)]
    assert.equal(head.status, get.status, path)
    assert.equal(head.bytes.length, 0)
    for (const name of ['content-type', 'cache-control', 'etag', 'content-disposition'])
      assert.equal(head.headers[name], get.headers[name], `${path} ${name}`)
    // A stream whose length nobody knows has none to tell.
    if (head.headers['content-length'] !== undefined)
      assert.equal(Number(head.headers['content-length']), get.bytes.length, path)
  }
})

test('HEAD does not begin a stream, and lets go of it', async () => {
  let isRead = false
  const stream = new Readable({
    read() {
      isRead = true
    },
  })
  const app = await startApp(services, { doors: [doorOf({ '/stream': () => ({ stream }) })] })
  assert.equal((await asker(app.url)('HEAD /stream')).status, 200)
  assert.deepEqual([isRead, stream.destroyed], [false, true])
})

test('each answer has an id of its own, by which the log knows it', async () => {
  const app = await startApp(services)
  const ids = await Promise.all(
    ['GET /api/health', 'GET /nothing', 'POST /prompt', 'GET /api/runs/%zz'].map(
      async line => (await asker(app.url)(line)).headers['x-request-id'],
    ),
  )
  assert.equal(new Set(ids).size, 4)
  await until(() => app.lines.length === 4)
  assert.deepEqual(app.lines.map(line => JSON.parse(line).request).sort(), ids.sort())
})

test('what a caller is told of himself is kept by no cache', async () => {
  for (const path of ['/api/runs', '/api/history', '/queue', '/api/settings', '/nothing', '/api/auth/me'])
    assert.equal((await ask(`GET ${path}`)).headers['cache-control'], 'no-store', path)
})

test('a caller that goes in the middle of a download ends the reading of the file, and is no fault', async () => {
  let stream: Readable | undefined
  const endless = () => {
    stream = new Readable({
      read() {
        this.push(Buffer.alloc(64 << 10))
      },
    })
    return { stream }
  }
  const app = await startApp(services, { doors: [doorOf({ '/endless': endless })] })
  const wire = openWire(app.url)
  wire.socket.write('GET /endless HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  await wire.until(/\r\n\r\n/)
  wire.socket.destroy()
  await until(() => stream?.destroyed ?? false)
  await until(() => app.lines.length > 0)
  const line = JSON.parse(app.lines[0] ?? '')
  assert.deepEqual([line.level, line.status, line.broken, app.lines.length], [30, 200, true, 1])
})

test('a file that cannot be read to its end ends the connection, so that its part is not taken for the whole', async () => {
  const breaking = () => ({
    stream: Readable.from(
      (async function* () {
        yield Buffer.alloc(1000)
        await new Promise(resolve => setTimeout(resolve, 20))
        throw new Error('the disk broke')
      })(),
    ),
  })
  const app = await startApp(services, { doors: [doorOf({ '/breaking': breaking })] })
  await assert.rejects(asker(app.url)('GET /breaking'), /aborted|hang up|ECONNRESET/)
  await until(() => app.lines.length === 2)
  assert.match(app.lines.join(''), /the disk broke/)
})

test('what fails in a handler is told as the server’s fault, without its cause, and the next request is answered', async () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular
  const app = await startApp(services, {
    doors: [
      doorOf({
        '/throws': () => {
          throw new Error('canary')
        },
        '/rejects': async () => Promise.reject(new Error('canary')),
        '/nothing': async () => Promise.reject(),
        '/circular': () => ({ json: circular, headers: { 'Content-Disposition': 'canary' } }),
        '/header': () => ({ json: {}, headers: { 'X-Broken': 'canary\n' } }),
        '/well': () => ({ json: 'well' }),
      }),
    ],
  })
  const asking = asker(app.url)
  for (const path of ['/throws', '/rejects', '/nothing', '/circular', '/header']) {
    const { status, json, headers } = await asking(`GET ${path}`)
    assert.deepEqual([status, json.code], [500, 'internal'], path)
    assert.match(json.message, new RegExp(`under request ${headers['x-request-id']}`))
    assert.doesNotMatch(JSON.stringify([json, headers]), /canary/)
  }
  assert.equal((await asking('GET /well')).json, 'well')
  assert.equal(app.lines.filter(line => line.includes('canary')).length, 2, 'the log has the causes')
})

test('a caller that goes while it is asked who he is counts as gone', async () => {
  let isAsked = () => {}
  const asked = new Promise<void>(resolve => {
    isAsked = resolve
  })
  let letIn = () => {}
  const known = new Promise<void>(resolve => {
    letIn = resolve
  })
  const accounts = {
    ...services.accounts,
    identify: async () => {
      isAsked()
      await known
      return { kind: 'operator' } as const
    },
  }
  let sent: Promise<void> | undefined
  const handle: Route['handle'] = async call => {
    sent = call.sent
    return { json: {} }
  }
  const app = await startApp({ ...services, accounts }, { doors: [doorOf({ '/slow': handle })] })
  const calling = request(`${app.url}/slow`, { headers: { Authorization: 'Bearer x' } })
  calling.on('error', () => {})
  calling.end()
  await asked
  calling.destroy()
  await until(() => app.lines.length === 1)
  letIn()
  await until(() => sent !== undefined)
  await sent
})

test('refusals leave the connection as it was', async () => {
  const wire = openWire(url)
  const lines = ['GET /nothing', 'DELETE /prompt', 'POST /prompt', 'GET /api/runs/x', 'GET /api/health']
  for (const line of lines) {
    const body = line.startsWith('POST') ? '{"x' : ''
    wire.socket.write(`${line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  }
  await wire.until(/healthy/)
  const statuses = [...wire.text().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))
  assert.deepEqual(statuses, [404, 405, 400, 404, 200])
})

test('a door without routes for a method of another door lets that one answer', async () => {
  const native = doorOf({ '/both': () => ({ json: 'first' }) })
  const second = route({
    method: 'post',
    path: '/both',
    about: '',
    access: 'anyone',
    handle: (): Answer => ({ json: 'second' }),
  })
  const shadowed = route({
    method: 'get',
    path: '/both',
    about: '',
    access: 'anyone',
    handle: (): Answer => ({ json: 'never' }),
  })
  const original: Door = { name: 'original', fail: originalFail, routes: [second, shadowed], prefixes: ['/api'] }
  const asking = asker((await startApp(services, { doors: [native, original] })).url)
  assert.equal((await asking('GET /both')).json, 'first')
  assert.equal((await asking('POST /both')).json, 'second')
  assert.equal((await asking('GET /api/both')).json, 'never')
  assert.deepEqual((await asking('PUT /api/both')).json, { detail: 'Method Not Allowed' })
})
