import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterEach, describe, test } from 'node:test'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import type { WorkflowNode } from '../../../engine/index.js'
import { ANONYMOUS, type Principal } from '../../../server/access/principal.js'
import { type RunState, ServerMessage } from '../../../server/native/socket-message.js'
import type { Services } from '../../../server/services.js'
import type { Run } from '../../../server/store/store.js'
import { fixture } from '../../nodes/image/pictures.js'
import { startServer } from '../serving.js'
import { connect as connectTo, type Received, type TestClient } from './client.js'

const open = await startServer()
const shared = await startServer({ access: 'public' })
const clients: TestClient[] = []
let salt = 0

async function connect(url: string): Promise<TestClient> {
  const client = await connectTo(url)
  clients.push(client)
  return client
}

const isDocumented = new Ajv().compile(ServerMessage)

// Whatever a test received must be as documented.
afterEach(async () => {
  for (const client of clients.splice(0)) {
    await client.close()
    for (const message of client.messages) assert(isDocumented(message), JSON.stringify(message))
  }
})

const toOpen = () => connect(`${open.url}/api/socket`)

/** Starts a run of these nodes. */
const start = ({ runs }: Services, nodes: Record<string, WorkflowNode>, who: Principal = ANONYMOUS): Promise<Run> =>
  runs.start({ who, name: 'test', workflow: { version: 1, nodes }, door: 'native' })

/** Waits until somebody cancels it. */
const LONG = 100_000

/** `first → wait`, where waiting takes so many steps of 10 ms. */
const waiting = (steps: number, previews = false) => ({
  first: { type: 'Increment', inputs: { value: 1 } },
  wait: {
    type: 'Wait',
    inputs: { ms: 10, steps, previews, salt: ++salt, after: { node: 'first', output: 'value' } },
  },
})

const isOf = (run: Run, type: string) => (message: Received) => message.type === type && message.run === run.id

const stateIn = ({ state }: Received) => state as RunState

const types = ({ messages }: TestClient) => messages.map(({ type }) => type)

/** Puts a picture where an upload puts it. */
async function upload({ store, artifacts }: Services): Promise<string> {
  const artifact = await artifacts.put(fixture('photos/astronaut.jpg'), 'jpg')
  const row = { id: randomUUID(), owner: 'anonymous', artifact, mime: 'image/jpeg', artifacts: [artifact] } as const
  const size = { bytes: 1, width: 512, height: 512 }
  await store.commit([{ table: 'uploads', create: { ...row, ...size, createdAt: Date.now() } }])
  return row.id
}

async function signUp(name: string): Promise<{ who: Principal; url: string }> {
  const { accounts } = shared.services
  const [email, password] = [`${name}@example.com`, 'A long enough passw0rd']
  await accounts.register({ email, password, name })
  const { token } = await accounts.login({ email, password, address: '127.0.0.1' })
  const who = await accounts.identify(token)
  assert(who)
  return { who, url: `${shared.url}/api/socket?token=${token}` }
}

describe('a program that watches a run', () => {
  test('is told its whole course', async () => {
    const client = await toOpen()
    client.send({ type: 'subscribe', all: true })
    await client.until(({ type }) => type === 'subscribed')
    const run = await start(open.services, {
      first: { type: 'Increment' },
      echo: { type: 'Echo', inputs: { value: { node: 'first', output: 'value' } } },
    })
    await client.until(isOf(run, 'run-finished'))
    assert.deepEqual(types(client), [
      'subscribed',
      'run-queued',
      'run-started',
      'node-started',
      'node-finished',
      'node-started',
      'node-finished',
      'run-finished',
    ])
  })

  test('is told the whole state when it comes in the middle, and what follows', async () => {
    const run = await start(open.services, waiting(LONG))
    const early = await toOpen()
    early.send({ type: 'subscribe', run: run.id })
    await early.until(message => isOf(run, 'node-progress')(message) && (message.step as number) >= 5)
    await early.close()

    const late = await toOpen()
    late.send({ type: 'subscribe', run: run.id })
    const { status, total, nodes } = stateIn(await late.until(isOf(run, 'subscribed')))
    assert.deepEqual([status, total, nodes.wait?.state], ['running', 2, 'running'])
    assert.match(nodes.first?.state ?? '', /^(finished|cached)$/)
    const known = nodes.wait?.step ?? 0
    assert(known >= 5, `step ${known}`)
    await late.until(isOf(run, 'node-progress'))
    await open.services.runs.cancel(run.id)
    await late.until(isOf(run, 'run-cancelled'))
    const steps = late.messages.filter(({ type }) => type === 'node-progress').map(({ step }) => step as number)
    assert(
      steps.every((step, place) => step > (steps[place - 1] ?? known)),
      `${known}, then ${steps}`,
    )
  })

  test('is told the end when it comes too late, with the files', async () => {
    const run = await start(open.services, {
      photo: { type: 'LoadImage', inputs: { image: await upload(open.services) } },
      save: { type: 'SaveImage', inputs: { image: { node: 'photo', output: 'image' }, name: 'result' } },
    })
    const first = await toOpen()
    first.send({ type: 'subscribe', run: run.id })
    await first.until(message => isEnd(message, run))
    const late = await toOpen()
    late.send({ type: 'subscribe', run: run.id })
    const { status, files } = stateIn(await late.until(isOf(run, 'subscribed')))
    assert.equal(status, 'finished')
    const [file] = files ?? []
    assert.deepEqual([file?.node, file?.name, files?.length], ['save', 'result', 1])
    assert(open.services.artifacts.has(file?.artifact ?? ''))
  })

  test('is told what a node answered while another still runs, also when it comes then, with links to the files', async () => {
    const { services, url } = open
    const run = await start(services, {
      ...waiting(LONG),
      photo: { type: 'LoadImage', inputs: { image: await upload(services) } },
      save: { type: 'SaveImage', inputs: { image: { node: 'photo', output: 'image' }, name: 'early' } },
    })
    const early = await toOpen()
    early.send({ type: 'subscribe', run: run.id })
    await early.until(message => isOf(run, 'node-finished')(message) && message.node === 'save')
    const late = await toOpen()
    late.send({ type: 'subscribe', run: run.id })
    const { status, nodes } = stateIn(await late.until(isOf(run, 'subscribed')))
    assert.equal(status, 'running')
    const told = early.messages.find(message => isOf(run, 'node-finished')(message) && message.node === 'save')
    assert.deepEqual([nodes.save?.outputs, nodes.save?.files], [told?.outputs, told?.files])
    const [file] = nodes.save?.files ?? []
    assert.equal(file?.name, 'early')
    assert.equal((await fetch(url + file?.url)).status, 200)
    assert.ok(
      !early.messages.some(({ node, outputs }) => node === 'photo' && outputs),
      'what only hands on tells nothing',
    )
    await services.runs.cancel(run.id)
    await late.until(isOf(run, 'run-cancelled'))
  })

  test('is told why it failed, then and later', async () => {
    const run = await start(open.services, { fail: { type: 'Fail', inputs: { message: `On purpose ${++salt}` } } })
    const client = await toOpen()
    client.send({ type: 'subscribe', run: run.id })
    await client.until(message => isEnd(message, run))
    client.send({ type: 'subscribe', run: run.id })
    const state = stateIn(await client.until(message => isEnd(message, run) && message.type === 'subscribed'))
    assert.equal(state.status, 'failed')
    assert.match(state.failure ?? '', /On purpose/)
  })

  test('gets pictures of the work as frames, and no bytes of them in messages', async () => {
    const client = await toOpen()
    client.send({ type: 'subscribe', all: true })
    await client.until(({ type }) => type === 'subscribed')
    const started = performance.now()
    const run = await start(open.services, waiting(60, true))
    await client.until(isOf(run, 'run-finished'))
    const quarters = (performance.now() - started) / 250
    const [frame] = client.frames
    assert(frame)
    const length = frame.readUInt32BE(4)
    assert.equal(frame.readUInt32BE(0), 4)
    assert.deepEqual(JSON.parse(frame.toString('utf8', 8, 8 + length)), {
      node_id: 'wait',
      prompt_id: run.id,
      display_node_id: 'wait',
      parent_node_id: null,
      real_node_id: 'wait',
      image_type: 'image/png',
    })
    assert.equal(frame.toString('latin1', 9 + length, 12 + length), 'PNG')
    assert(client.frames.length <= quarters + 1, `${client.frames.length} pictures in ${quarters} quarters of a second`)
    assert(client.messages.every(message => !('preview' in message)))
  })

  test('gets the newest picture with the state', async () => {
    const run = await start(open.services, waiting(LONG, true))
    const early = await toOpen()
    early.send({ type: 'subscribe', run: run.id })
    while (early.frames.length === 0) await early.until(() => true).then(() => new Promise(setImmediate))
    const late = await toOpen()
    late.send({ type: 'subscribe', run: run.id })
    await late.until(isOf(run, 'subscribed'))
    while (late.log.length < 2) await new Promise(setImmediate)
    assert(Buffer.isBuffer(late.log[1]), JSON.stringify(late.log[1]))
    await open.services.runs.cancel(run.id)
    await late.until(isOf(run, 'run-cancelled'))
  })

  test('hears no more once it has unsubscribed', async () => {
    const run = await start(open.services, waiting(LONG))
    const [client, other] = await Promise.all([toOpen(), toOpen()])
    for (const { send } of [client, other]) send({ type: 'subscribe', run: run.id })
    client.send({ type: 'unsubscribe', run: run.id })
    await client.until(isOf(run, 'unsubscribed'))
    await open.services.runs.cancel(run.id)
    await other.until(isOf(run, 'run-cancelled'))
    client.send({ type: 'ping' })
    await client.until(({ type }) => type === 'pong')
    assert.deepEqual(types(client).slice(types(client).indexOf('unsubscribed')), ['unsubscribed', 'pong'])
  })

  test('hears each event once, however it watches', async () => {
    const client = await toOpen()
    client.send({ type: 'subscribe', all: true })
    await client.until(({ type }) => type === 'subscribed')
    const run = await start(open.services, waiting(3))
    client.send({ type: 'subscribe', run: run.id })
    client.send({ type: 'subscribe', run: run.id })
    await client.until(isOf(run, 'run-finished'))
    assert.equal(client.messages.filter(isOf(run, 'run-finished')).length, 1)
    assert.equal(client.messages.filter(isOf(run, 'run-started')).length, 1)
  })
})

const isEnd = ({ type, run, state }: Received, { id }: Run) =>
  run === id &&
  (/^run-(finished|failed|cancelled)$/.test(type) || /finished|failed|cancelled/.test(Object(state).status))

describe('whose runs are whose', () => {
  test('two sockets of one user both hear of his runs, and nobody else does', async () => {
    const [ann, bob] = [await signUp('ann'), await signUp('bob')]
    const anns = [await connect(ann.url), await connect(ann.url)]
    const bobs = await connect(bob.url)
    for (const client of [...anns, bobs]) {
      client.send({ type: 'subscribe', all: true })
      await client.until(({ type }) => type === 'subscribed')
    }
    const run = await start(shared.services, waiting(2), ann.who)
    const bobsRun = await start(shared.services, waiting(2), bob.who)
    const nobodys = await start(shared.services, waiting(2))
    for (const client of anns) await client.until(isOf(run, 'run-finished'))
    await bobs.until(isOf(bobsRun, 'run-finished'))
    bobs.send({ type: 'subscribe', run: nobodys.id })
    await bobs.until(message => isEnd(message, nobodys))
    for (const client of anns) assert.deepEqual(runsOf(client), [run.id])
    assert.deepEqual(runsOf(bobs), [bobsRun.id, nobodys.id])
  })

  test("somebody else's run looks like one that there is not", async () => {
    const [carl, dora] = [await signUp('carl'), await signUp('dora')]
    const run = await start(shared.services, waiting(LONG), carl.who)
    for (const url of [dora.url, `${shared.url}/api/socket`]) {
      const client = await connect(url)
      client.send({ type: 'subscribe', run: run.id })
      client.send({ type: 'subscribe', run: 'there-is-none' })
      const theirs = await client.until(message => message.run === run.id)
      const none = await client.until(message => message.run === 'there-is-none')
      assert.equal(theirs.type, 'error')
      assert.deepEqual({ ...theirs, run: 0 }, { ...none, run: 0 })
      assert.equal(client.messages.length, 2)
    }
    await shared.services.runs.cancel(run.id)
  })

  test('a run of nobody known is reached by its id, and listed only where one person has the server to himself', async () => {
    const run = await start(shared.services, waiting(3))
    const client = await connect(`${shared.url}/api/socket`)
    client.send({ type: 'subscribe', run: run.id })
    await client.until(message => isEnd(message, run))
    client.send({ type: 'subscribe', all: true })
    assert.equal((await client.until(({ type }) => type === 'error')).code, 'not-signed-in')

    const own = await start(open.services, waiting(LONG))
    const owner = await toOpen()
    owner.send({ type: 'subscribe', all: true })
    const { runs } = await owner.until(({ type }) => type === 'subscribed')
    assert.deepEqual(
      (runs as Received[]).map(({ run }) => run),
      [own.id],
    )
    await open.services.runs.cancel(own.id)
    await owner.until(isOf(own, 'run-cancelled'))
  })
})

const runsOf = ({ messages }: TestClient) => [
  ...new Set(messages.flatMap(({ run }) => (typeof run === 'string' ? [run] : []))),
]

describe('what a program may say', () => {
  test('a message that is none is answered with what one is', async () => {
    const client = await toOpen()
    const wrong = [
      '',
      'null',
      '{',
      '[]',
      '{"type":"subscribe"}',
      '{"type":"subscribe","run":7}',
      '{"type":"dance"}',
      '{"type":"ping","more":1}',
      '{"type":"subscribe","all":false}',
      '{"__proto__":{"type":"ping"}}',
    ]
    for (const text of wrong) client.ws.send(text)
    client.send({ type: 'ping' })
    await client.until(({ type }) => type === 'pong')
    assert.equal(client.messages.length, wrong.length + 1)
    for (const { type, code, message } of client.messages.slice(0, -1)) {
      assert.deepEqual({ type, code }, { type: 'error', code: 'malformed' })
      assert.match(message as string, /"subscribe"/)
    }
  })

  test('whatever comes, the socket lives and answers each message', async () => {
    const words = fc.constantFrom('type', 'run', 'all', 'subscribe', 'unsubscribe', 'ping', '__proto__', 'constructor')
    const value = fc.oneof(fc.jsonValue(), words, fc.dictionary(words, fc.oneof(words, fc.boolean(), fc.integer())))
    const text = fc.oneof(
      fc.string(),
      value.map(value => JSON.stringify(value)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 100 }), async texts => {
        const client = await connectTo(`${open.url}/api/socket`)
        for (const text of texts) client.ws.send(text)
        client.send({ type: 'ping' })
        while (client.messages.length <= texts.length) await new Promise(setImmediate)
        assert.equal(client.messages.at(-1)?.type, 'pong')
        await client.close()
      }),
      { numRuns: 50 },
    )
  })
})
