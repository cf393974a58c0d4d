import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { readStamp } from '../../../nodes/image/metadata.js'
import { noise } from '../../nodes/image/pictures.js'
import { startServer } from '../serving.js'
import { call, ended, signUp, until } from './calling.js'

const echo = (value: unknown) => ({ version: 1, name: 'Echo it', nodes: { say: { type: 'Echo', inputs: { value } } } })
const wait = (steps: number, salt = 0) => ({
  version: 1,
  name: 'Wait long',
  nodes: { wait: { type: 'Wait', inputs: { steps, ms: 20, salt } } },
})

/** photo ─► save, with parameters for the file and its name. */
const SAVE = {
  version: 1,
  name: 'Save it',
  parameters: {
    photo: { targets: [{ node: 'photo', input: 'image' }] },
    name: { targets: [{ node: 'save', input: 'name' }] },
  },
  nodes: {
    photo: { type: 'LoadImage' },
    save: { type: 'SaveImage', inputs: { image: { node: 'photo', output: 'image' } } },
  },
}

const picture = async (seed = 1) => {
  const { data } = noise({ width: 32, height: 24 })
  data[0] = seed
  return sharp(data, { raw: { width: 32, height: 24, channels: 3 } })
    .png()
    .toBuffer()
}

test('a parameter that would make a document larger than any is refused before it is put there', async () => {
  const { url } = await startServer()
  const texts = Array.from({ length: 2000 }, (_, i) => `t${i}`)
  const workflow = {
    version: 1,
    nodes: { ...echo(1).nodes, ...Object.fromEntries(texts.map(id => [id, { type: 'Text', inputs: { text: '' } }])) },
    parameters: { text: { targets: texts.map(node => ({ node, input: 'text' })) } },
  }
  // In all 2 GB, more than a text can hold.
  const { status, json } = await call(url, 'POST /api/runs', { workflow, parameters: { text: 'x'.repeat(1e6) } })
  assert.deepEqual([status, json.code], [413, 'too-large'])
})

test('a document runs with its parameters, and its results come with links and with its workflow inside', async () => {
  const { url } = await startServer()
  const uploaded = await call(url, 'POST /api/artifacts', await picture(), { 'Content-Type': 'image/png' })
  assert.equal(uploaded.status, 201)
  for (const photo of [uploaded.json.id, uploaded.json.artifact]) {
    const started = await call(url, 'POST /api/runs', {
      workflow: SAVE,
      parameters: { photo, name: 'my "é" picture'.replaceAll('"', '') },
    })
    assert.equal(started.status, 202)
    const run = await ended(url, started.json.id)
    assert.equal(run.status, 'finished', run.failure)
    assert.equal(run.name, 'Save it')
    const [file] = run.files
    assert(file)
    const shown = await call(url, `GET ${file.url}`)
    assert.equal(shown.headers.get('content-type'), 'image/png')
    const saved = await call(url, `GET ${file.download}`)
    assert.match(
      saved.headers.get('content-disposition') ?? '',
      /^attachment; filename="my _ picture.png"; filename\*=UTF-8''my%20%C3%A9%20picture.png$/,
    )
    const inside = JSON.parse(readStamp(saved.bytes).workflow ?? '')
    assert.deepEqual(inside, run.workflow)
    assert.equal(inside.nodes.photo.inputs.image, uploaded.json.artifact)
    assert(saved.bytes.includes('DigitalSourceType'), 'and it says that it was made')
  }
})

test('a workflow larger than any is refused as a run, and so is one that its parameters make so', async () => {
  const { url } = await startServer()
  const large = 'x'.repeat(8 << 20)
  const small = { ...echo(1), parameters: { value: { targets: [{ node: 'say', input: 'value' }] } } }
  for (const body of [{ workflow: echo(large) }, { workflow: small, parameters: { value: large } }])
    assert.equal((await call(url, 'POST /api/runs', body)).status, 413)
})

test('every fault is told at once, of names, values, files and links alike', async () => {
  const { url } = await startServer()
  const faulty = {
    ...SAVE,
    nodes: { ...SAVE.nodes, say: { type: 'Echo', inputs: { value: 'x' } }, lost: { type: 'Nothing' } },
  }
  const parameters = { photo: '/etc/passwd', nmae: 'x', name: 7 }
  const { status, json } = await call(url, 'POST /api/runs', {
    workflow: faulty,
    parameters,
    targets: ['save', 'say', 'lost'],
  })
  assert.equal(status, 400)
  assert.equal(json.code, 'invalid-workflow')
  const codes = json.issues.map(({ code, node = '' }: { code: string; node?: string }) => `${code} ${node}`).sort()
  assert.deepEqual(codes, [
    'unknown-file photo',
    'unknown-node lost',
    'unknown-parameter ',
    'wrong-type save',
    'wrong-type say',
  ])
  const { message } = json.issues.find(({ code }: { code: string }) => code === 'unknown-file')
  assert.match(message, /must name a file that was uploaded.*got "\/etc\/passwd"; upload the file first/)
  assert.equal((await call(url, 'GET /api/runs')).json.total, 0, 'and nothing was kept')
})

test('no path is ever read from the disk of the server', async () => {
  const { url, home } = await startServer()
  const paths = ['/etc/hostname', '../../etc/hostname', `${home}/server/secret`, 'file:///etc/hostname', 'package.json']
  for (const photo of paths) {
    const { status, json } = await call(url, 'POST /api/runs', { workflow: SAVE, parameters: { photo } })
    assert.equal(status, 400)
    assert.equal(json.issues[0].code, 'unknown-file')
  }
  for (const workflow of ['/etc/hostname', '../package', 'workflows/portrait-quick.json'])
    assert.equal((await call(url, 'POST /api/runs', { workflow })).status, 404)
})

test('a file of somebody else is not there, wherever its name stands', async () => {
  const { url } = await startServer({ access: 'accounts' })
  const [ann, ben] = [await signUp(url, 'ann@example.org'), await signUp(url, 'ben@example.org')]
  const { json: hers } = await call(url, 'POST /api/artifacts', await picture(), {
    ...ann,
    'Content-Type': 'image/png',
  })
  for (const photo of [hers.id, hers.artifact]) {
    const { status, json } = await call(url, 'POST /api/runs', { workflow: SAVE, parameters: { photo } }, ben)
    assert.equal(status, 400)
    assert.match(json.issues[0].message, /not here or not yours; upload it again/)
  }
  // By way of a text that a link leads to the file input.
  const link = { node: 'text', output: 'text' }
  const sneaky = {
    ...SAVE,
    nodes: {
      ...SAVE.nodes,
      text: { type: 'Text', inputs: { text: hers.artifact } },
      photo: { type: 'LoadImage', inputs: { image: link } },
    },
  }
  assert.equal((await call(url, 'POST /api/runs', { workflow: sneaky }, ben)).json.issues[0].code, 'unknown-file')
  const { json: run } = await call(url, 'POST /api/runs', { workflow: SAVE, parameters: { photo: hers.id } }, ann)
  await ended(url, run.id, ann)
  for (const request of [
    'GET /api/runs/ID',
    'DELETE /api/runs/ID',
    'POST /api/runs/ID/cancel',
    'POST /api/runs/ID/retry',
    'GET /api/runs/ID/files/0',
  ])
    assert.equal((await call(url, request.replace('ID', run.id), undefined, ben)).status, 404, request)
  assert.equal((await call(url, `PATCH /api/runs/${run.id}`, { title: 'mine' }, ben)).status, 404)
  assert.deepEqual((await call(url, 'GET /api/runs', undefined, ben)).json, { runs: [], total: 0 })
  assert.equal((await call(url, 'GET /api/runs', undefined, ann)).json.total, 1)
})

test('several runs of one order have seeds that follow one another', async () => {
  const { url } = await startServer()
  const workflow = { ...echo(7), parameters: { seed: { targets: [{ node: 'say', input: 'value' }] } } }
  const values = async (parameters: object) => {
    const { json } = await call(url, 'POST /api/runs', { workflow, parameters, count: 3 })
    const runs = await Promise.all(json.runs.map(({ id }: { id: string }) => ended(url, id)))
    return runs.map(({ report }) => (report as { values: { say: { value: number } } }).values.say.value)
  }
  assert.deepEqual(await values({ seed: 40 }), [40, 41, 42])
  assert.deepEqual(await values({}), [7, 8, 9])
  assert.equal((await call(url, 'POST /api/runs', { workflow, count: 9 })).status, 400)
})

test('runs are listed by page, status, name and favourite, the newest first', async () => {
  const { url } = await startServer()
  const ids: string[] = []
  for (let i = 0; i < 5; i++) {
    const { json } = await call(url, 'POST /api/runs', { workflow: echo(i) })
    ids.unshift(json.id)
    await ended(url, json.id)
  }
  const failing = { version: 1, name: 'Break', nodes: { fail: { type: 'Fail' } } }
  const { json: failed } = await call(url, 'POST /api/runs', { workflow: failing })
  assert.match((await ended(url, failed.id)).failure ?? '', /fail: It failed on purpose/)
  const list = async (query: string) => {
    const { json } = await call(url, `GET /api/runs?${query}`)
    return [json.total, ...json.runs.map(({ id }: { id: string }) => id)]
  }
  assert.deepEqual(await list('limit=2&offset=1'), [6, ids[0], ids[1]])
  assert.deepEqual(await list('status=failed'), [1, failed.id])
  assert.deepEqual(await list('search=ECHO&limit=1'), [5, ids[0]])
  const changed = await call(url, `PATCH /api/runs/${ids[2]}`, { title: 'the best', favourite: true })
  assert.deepEqual([changed.json.title, changed.json.favourite], ['the best', true])
  assert.deepEqual(await list('favourite=true'), [1, ids[2]])
  assert.deepEqual(await list('search=best'), [1, ids[2]])
  for (const query of ['limit=0', 'limit=1000', 'offset=-1', 'status=odd'])
    assert.equal((await call(url, `GET /api/runs?${query}`)).status, 400, query)
})

test('a run tells where it is, ends when it is cancelled, goes again, and goes away', async () => {
  const { url } = await startServer()
  const { json: first } = await call(url, 'POST /api/runs', { workflow: wait(3000), client: 'a' })
  const { json: second } = await call(url, 'POST /api/runs', { workflow: wait(3000, 1), client: 'a' })
  await until(async () => (await call(url, `GET /api/runs/${first.id}`)).json.progress?.nodes.wait?.step > 0)
  const { json: waiting } = await call(url, `GET /api/runs/${second.id}`)
  assert.deepEqual([waiting.status, waiting.waitingBefore], ['queued', 0])
  for (const { id } of [second, first])
    assert.deepEqual((await call(url, `POST /api/runs/${id}/cancel`)).json, { cancelled: true })
  for (const { id } of [second, first]) assert.equal((await ended(url, id)).status, 'cancelled')
  assert.deepEqual((await call(url, `POST /api/runs/${first.id}/cancel`)).json, { cancelled: false })
  const { json: done } = await call(url, 'POST /api/runs', { workflow: echo(1) })
  await ended(url, done.id)
  const again = await call(url, `POST /api/runs/${done.id}/retry`)
  assert.equal(again.status, 202)
  assert.deepEqual((await ended(url, again.json.id)).workflow, (await ended(url, done.id)).workflow)
  assert.equal((await call(url, `DELETE /api/runs/${done.id}`)).status, 204)
  assert.equal((await call(url, `GET /api/runs/${done.id}`)).status, 404)
})
