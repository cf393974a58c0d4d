import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { Door, Route } from '../../../server/http/route.js'
import { call, ended, signUp } from '../native/calling.js'
import { startServer } from '../serving.js'
import { doorsOf, startApp } from './app.js'
import { openWire } from './asking.js'
import { brokenForms, ODD, valuesOf } from './schema-values.js'

/*
 * Every route of every door is called with what its own schemas want, and with what they do not. Whatever comes, it is
 * answered, never as a fault of the server's, and the server is there afterwards.
 */

// Outside of a test, each of these would be the end of the server.
const crashes: Error[] = []
process.on('uncaughtException', error => crashes.push(error))

/** All in all; the 10,000 take a minute and a half. */
const REQUESTS = Number(process.env.PORTRAIT_FUZZ ?? 2000)

const { services } = await startServer()
const doors = doorsOf(services)
const { url, lines } = await startApp(services)
const agent = new Agent({ keepAlive: true, maxSockets: 4 })
after(() => agent.destroy())

const WORKFLOW = {
  version: 1,
  name: 'Echo',
  parameters: { value: { targets: [{ node: 'say', input: 'value' }] } },
  nodes: {
    one: { type: 'Increment', inputs: { value: 1 } },
    say: { type: 'Echo', inputs: { value: { node: 'one', output: 'value' } } },
  },
}
const PROMPT = {
  one: { class_type: 'Increment', inputs: { value: 1 }, _meta: { title: 'One' } },
  say: { class_type: 'Echo', inputs: { value: ['one', 0] } },
}
const EDITOR = {
  version: 0.4,
  last_node_id: 2,
  last_link_id: 1,
  nodes: [
    {
      id: 1,
      type: 'Increment',
      pos: [0, 0],
      inputs: [],
      outputs: [{ name: 'value', type: 'INT', links: [1] }],
      widgets_values: [1],
    },
    { id: 2, type: 'Echo', pos: [9, 0], inputs: [{ name: 'value', type: 'INT', link: 1 }], outputs: [] },
  ],
  links: [[1, 1, 0, 2, 0, 'INT']],
}

// Things that are there, so that what is done to them is reached as well.
const user = await signUp(url, 'ann@example.org')
const { json: run } = await call(url, 'POST /api/runs', { workflow: WORKFLOW })
const { json: saved } = await call(url, 'POST /api/workflows', { document: WORKFLOW })
const { prompt_id: prompt } = (await call(url, 'POST /prompt', { prompt: PROMPT })).json
await ended(url, run.id)
const known = fc.oneof(
  fc.constantFrom<unknown>(run.id, saved.id, prompt, 'portrait-quick', `${run.id}-0`, 'default', 'input', 'x.png'),
  fc.constantFrom<unknown>(WORKFLOW, PROMPT, EDITOR),
  brokenForms(WORKFLOW),
  brokenForms(PROMPT),
  brokenForms(EDITOR),
)
const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
const text = fc.oneof(known, ODD, fc.string({ unit: 'binary', maxLength: 20 })).map(textOf)

/** One request, as it goes out. */
interface Fuzz {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** Lone surrogates have no UTF-8, and so no escapes. */
const escaped = (value: string) => encodeURIComponent(Buffer.from(value).toString())

const pathsOf = (prefix: string, route: Route): fc.Arbitrary<string> => {
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name as string)
  const values = names.map(() =>
    fc.oneof(
      { weight: 6, arbitrary: text.map(value => escaped(value.slice(0, 1000)) || 'x') },
      { weight: 1, arbitrary: fc.constantFrom('%', '%zz', '%ff', '%00', '..', '.', '%2e%2e%2f', '%2F', '~', ':id') },
    ),
  )
  return fc.tuple(...values).map(parts => {
    let index = 0
    return prefix + route.path.replace(/:\w+/g, () => parts[index++] ?? 'x')
  })
}

const queriesOf = ({ query }: Route): fc.Arbitrary<string> => {
  const pair = fc.tuple(
    fc.constantFrom(...Object.keys(query?.properties ?? {}), 'x', '__proto__', 'token', 'key'),
    text,
  )
  const odd = fc
    .array(pair, { maxLength: 4 })
    .map(pairs => pairs.map(([key, value]) => `${escaped(key)}=${escaped(value.slice(0, 500))}`))
  const fits = query
    ? valuesOf(query, known).map(value =>
        Object.entries(value ?? {}).map(([key, inner]) => `${escaped(key)}=${escaped(textOf(inner).slice(0, 500))}`),
      )
    : fc.constant([])
  return fc.oneof(fits, odd).map(pairs => (pairs.length > 0 ? `?${pairs.join('&')}` : ''))
}

const FORM = (field: string, name: string, content: string) =>
  `--b\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\n\r\n${content}\r\n--b--\r\n`

const bodiesOf = ({ body }: Route): fc.Arbitrary<Pick<Fuzz, 'body' | 'headers'>> => {
  const asJson = (body ? valuesOf(body, known) : known).map(value => JSON.stringify(value) ?? '')
  const json = asJson.map(body => ({ body, headers: { 'Content-Type': 'application/json' } }))
  const cut = fc.tuple(asJson, fc.nat(100), fc.string()).map(([whole, at, put]) => ({
    body: whole.slice(0, at) + put + whole.slice(at + 1),
    headers: {},
  }))
  const bytes = fc.uint8Array({ maxLength: 100 }).map(part => ({ body: Buffer.from(part), headers: {} }))
  const form = fc
    .tuple(fc.constantFrom('file', 'image', '__proto__', ''), fc.string({ maxLength: 20 }), fc.string(), fc.boolean())
    .map(([field, name, content, isCut]) => ({
      body: FORM(field, name, content).slice(0, isCut ? -7 : undefined),
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    }))
  const none = fc.constant({ headers: {} })
  return fc.oneof(
    { weight: body ? 8 : 1, arbitrary: json },
    { weight: 2, arbitrary: cut },
    { weight: 1, arbitrary: bytes },
    { weight: body ? 1 : 4, arbitrary: form },
    { weight: 1, arbitrary: none },
  )
}

const headers = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: fc.constant(user) },
  {
    weight: 2,
    arbitrary: fc.dictionary(
      fc.constantFrom(
        'Range',
        'If-None-Match',
        'If-Range',
        'Accept',
        'Authorization',
        'Cookie',
        'Content-Type',
        'Comfy-User',
        'X-Forwarded-For',
        'Content-Encoding',
      ),
      fc.oneof(
        fc.constantFrom(
          'bytes=0-',
          'bytes=-1',
          'bytes=9-1',
          'bytes=0-0,2-3',
          'bytes=99999999999999999999-',
          '*',
          'W/"x"',
          'Bearer',
          'Basic !',
          'portrait_session=x',
          'gzip',
          'text/html',
        ),
        fc.string({ maxLength: 20 }).map(value => value.replace(/[^\x20-\x7e]/g, '?').trim()),
      ),
      { maxKeys: 3 },
    ),
  },
)

/** `DELETE /api/account` would need the password, `POST /api/account` would make one more account and cost a hash. */
const requests: fc.Arbitrary<Fuzz> = fc.oneof(
  ...doors.flatMap((door: Door) =>
    ['', ...(door.prefixes ?? [])].flatMap(prefix =>
      door.routes.map(route =>
        fc
          .tuple(
            fc.oneof(
              { weight: 12, arbitrary: fc.constant<string>(route.method) },
              { weight: 1, arbitrary: fc.constantFrom('head', 'options', 'put', 'delete', 'propfind') },
            ),
            pathsOf(prefix, route),
            queriesOf(route),
            route.method === 'get' ? fc.constant<Pick<Fuzz, 'body' | 'headers'>>({ headers: {} }) : bodiesOf(route),
            headers,
          )
          .map(([method, path, query, { body, headers: own }, more]) => ({
            method: method.toUpperCase(),
            path: path + query,
            headers: { ...own, ...(more as Record<string, string>) },
            ...(body === undefined ? {} : { body }),
          })),
      ),
    ),
  ),
)

function send({ method, path, headers, body }: Fuzz) {
  return new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
    const framed = body === undefined ? headers : { 'Content-Length': Buffer.byteLength(body), ...headers }
    const sent = request(url + path, { method, headers: framed, agent }, async response => {
      const text = Buffer.concat(await response.toArray()).toString()
      resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

test(`${REQUESTS} requests to all routes, well-formed and broken, are answered, and none as a fault of the server's`, async t => {
  const statuses = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(requests, async fuzz => {
      const { status, type, text } = await send(fuzz)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      const cause = () => lines.filter(line => line.includes('"err"')).at(-1) ?? text
      assert(status >= 200 && status < 500, `${status}: ${cause()}`)
      if (type.startsWith('application/json') && text !== '') JSON.parse(text)
    }),
    { numRuns: REQUESTS },
  )
  t.diagnostic(JSON.stringify(Object.fromEntries([...statuses].sort(([a], [b]) => a - b))))
  assert((statuses.get(200) ?? 0) > REQUESTS / 20, 'many get through')
  assert.equal(lines.filter(line => line.includes('"err"')).length, 0)
  assert.deepEqual(crashes, [])
  assert.equal((await call(url, 'GET /api/health')).json.status, 'healthy')
  assert.equal(
    (await ended(url, (await call(url, 'POST /api/runs', { workflow: WORKFLOW })).json.id)).status,
    'finished',
  )
})

test('bytes that are no HTTP end their connection and nothing else', async () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(
        'GET / HTTP/1.1\r\n',
        'POST /prompt HTTP/1.1\r\n',
        'Host: localhost\r\n',
        'Content-Length: 5\r\n',
        '\r\n',
        '\u0000',
      ),
      fc.constantFrom(
        'Transfer-Encoding: chunked\r\n',
        'Upgrade: websocket\r\nConnection: Upgrade\r\n',
        'Expect: 100-continue\r\n',
        'ffffffff\r\n',
        '{}',
        'PRI * HTTP/2.0\r\n\r\n',
      ),
      fc.string({ unit: 'binary' }),
    ),
    { maxLength: 8 },
  )
  await fc.assert(
    fc.asyncProperty(pieces, async parts => {
      const wire = openWire(url)
      wire.socket.end(parts.join(''))
      await wire.closed
      assert.doesNotMatch(wire.text(), /^HTTP\/1\.1 5/)
    }),
    { numRuns: REQUESTS / 10 },
  )
  assert.deepEqual(crashes, [])
  assert.equal((await call(url, 'GET /api/health')).json.status, 'healthy')
})
