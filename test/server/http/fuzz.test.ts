import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { call, ended, signUp } from '../native/calling.js'
import { startServer } from '../serving.js'
import { doorsOf, startApp } from './app.js'
import { openWire } from './asking.js'
import { type Fuzz, requestsTo } from './fuzz-requests.js'
import { brokenForms } from './schema-values.js'

/*
 * Every route of every door is called with what its own schemas want, and with what they do not. Whatever comes, it is
 * answered, never as a fault of the server's, and the server is there afterwards.
 */

// Outside of a test, each of these would be the end of the server.
const crashes: Error[] = []
process.on('uncaughtException', error => crashes.push(error))

/** So many for `npm test`; 10,000 take twenty seconds. */
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

const user = await signUp(url, 'ann@example.org')
const { json: run } = await call(url, 'POST /api/runs', { workflow: WORKFLOW })
const { json: saved } = await call(url, 'POST /api/workflows', { document: WORKFLOW })
const { prompt_id: prompt } = (await call(url, 'POST /prompt', { prompt: PROMPT })).json
await ended(url, run.id)
const known = {
  texts: fc.constantFrom<string>(run.id, saved.id, prompt, 'portrait-quick', `${run.id}-0`, 'input', 'x.png'),
  documents: fc.oneof(
    fc.constantFrom<unknown>(WORKFLOW, PROMPT, EDITOR),
    ...[WORKFLOW, PROMPT, EDITOR].map(document => brokenForms(document)),
  ),
  bodies: {
    '/api/runs': { workflow: WORKFLOW, parameters: { value: 3 }, targets: ['say'], priority: 1, count: 2, client: 'c' },
    '/api/runs/:id': { title: 'A title', favourite: true },
    '/api/workflows': { name: 'A name', document: WORKFLOW },
    '/api/workflows/:id': { name: 'A name', document: WORKFLOW },
    '/prompt': {
      prompt: PROMPT,
      client_id: 'c',
      number: 1,
      front: false,
      extra_data: { extra_pnginfo: { workflow: EDITOR } },
    },
    '/queue': { clear: false, delete: [prompt] },
    '/history': { clear: false, delete: [prompt] },
    '/jobs/cancel': { job_ids: [prompt] },
    '/settings': { 'Comfy.Locale': 'en', deep: { er: [1] } },
    '/api/settings': { default_params: { steps: 20, prompt: 'x' }, default_count: 3, parallel_mode: true },
    '/api/generation/start': { face_image_id: 'x', params: { seed: 1, stop_at: 0.5 }, count: 1, client_id: 'c' },
  },
  user,
}

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
    fc.asyncProperty(requestsTo(doors, known), async fuzz => {
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
  const sense = [
    'GET / HTTP/1.1',
    'POST /prompt HTTP/1.1',
    'Host: localhost',
    'Content-Length: 5',
    'Expect: 100-continue',
  ]
  const trouble = ['Transfer-Encoding: chunked', 'Upgrade: websocket', 'ffffffff', 'PRI * HTTP/2.0', '{}', '\u0000', '']
  const piece = fc.oneof(
    fc.constantFrom(...sense, ...trouble).map(line => `${line}\r\n`),
    fc.string({ unit: 'binary' }),
  )
  const pieces = fc.array(piece, { maxLength: 8 })
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
