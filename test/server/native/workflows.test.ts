import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { stampImage } from '../../../nodes/image/metadata.js'
import { shippedWorkflows } from '../../../server/documents.js'
import { startServer } from '../serving.js'
import { call, ended, signUp } from './calling.js'

const echo = (value: number, more: object = {}) => ({
  version: 1,
  name: 'Echo it',
  parameters: { number: { targets: [{ node: 'say', input: 'value' }], label: 'Number' } },
  nodes: { say: { type: 'Echo', inputs: { value } } },
  ...more,
})

test('the shipped workflows are there with their parameters, and run by their names', async () => {
  const { url } = await startServer()
  const { json } = await call(url, 'GET /api/workflows')
  assert.deepEqual(
    json.workflows.map(({ id }: { id: string }) => id),
    shippedWorkflows(),
  )
  const { json: quick } = await call(url, 'GET /api/workflows/portrait-quick')
  assert.equal(quick.shipped, true)
  const face = quick.parameters.find(({ name }: { name: string }) => name === 'face')
  assert.equal(face.port.upload, 'image')
  const refused = await call(url, 'POST /api/runs', { workflow: 'portrait-quick', parameters: { face: '' } })
  assert.equal(refused.status, 400)
  assert.equal((await call(url, 'PUT /api/workflows/portrait-quick', { document: echo(1) })).status, 404)
})

test('a workflow is saved, found by name, changed in versions, and removed', async () => {
  const { url } = await startServer()
  const { status, json: saved } = await call(url, 'POST /api/workflows', { document: echo(1) })
  assert.equal(status, 201)
  assert.deepEqual([saved.name, saved.version, saved.parameters[0].value], ['Echo it', 1, 1])
  const path = `/api/workflows/${saved.id}`
  const second = await call(url, `PUT ${path}`, { name: 'Say it', document: echo(2), version: 1 })
  assert.deepEqual([second.json.name, second.json.version], ['Say it', 2])
  const late = await call(url, `PUT ${path}`, { document: echo(3), version: 1 })
  assert.deepEqual([late.status, late.json.code], [409, 'changed-meanwhile'])
  assert.deepEqual((await call(url, `GET ${path}?version=1`)).json.document, echo(1))
  assert.deepEqual((await call(url, `GET ${path}`)).json.document, echo(2))
  assert.equal((await call(url, `GET ${path}?version=3`)).status, 404)
  assert.equal((await call(url, `GET ${path}/versions`)).json.versions.length, 2)
  for (const workflow of [saved.id, 'Say it']) {
    const { json } = await call(url, 'POST /api/runs', { workflow, parameters: { number: 9 } })
    const run = await ended(url, json.id)
    assert.deepEqual([run.status, run.report.parameters.number], ['finished', 9])
  }
  assert.equal((await call(url, `DELETE ${path}`)).status, 204)
  assert.equal((await call(url, `GET ${path}`)).status, 404)
})

test('what is no workflow is refused with all its faults', async () => {
  const { url } = await startServer()
  const faulty = { version: 2, nodes: { a: {} }, extra: 1 }
  const { status, json } = await call(url, 'POST /api/workflows', { document: faulty })
  assert.equal(status, 400)
  assert(json.issues.length >= 3, JSON.stringify(json.issues))
  const lost = echo(1, { parameters: { number: { targets: [{ node: 'nobody', input: 'value' }] } } })
  assert.equal((await call(url, 'POST /api/workflows', { document: lost })).json.issues[0].code, 'unknown-parameter')
  for (const body of ['{"version":1', '[]', 'null', '{"version":1,"nodes":{"__proto__":{"type":"Echo"}}}', 'x'])
    assert.equal((await call(url, 'POST /api/workflows/import', Buffer.from(body))).status, 400, body)
  assert.equal(({} as { type?: string }).type, undefined)
})

test('a workflow leaves as a file and comes back as a file or in a picture', async () => {
  const { url } = await startServer()
  const { json: saved } = await call(url, 'POST /api/workflows', { document: echo(5), name: 'A/b' })
  const exported = await call(url, `GET /api/workflows/${saved.id}/export`)
  assert.equal(exported.headers.get('content-disposition'), 'attachment; filename="A_b.json"')
  assert.deepEqual(exported.json, echo(5))
  const plain = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#123' } })
    .png()
    .toBuffer()
  const picture = Buffer.from(stampImage(plain, { workflow: JSON.stringify(echo(6)) }))
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(picture)]), 'x.png')
  for (const [body, value] of [
    [exported.bytes, 5],
    [picture, 6],
    [form, 6],
  ] as const) {
    const { status, json } = await call(url, 'POST /api/workflows/import', body)
    assert.equal(status, 201)
    assert.deepEqual(json.document, echo(value))
  }
  assert.equal((await call(url, 'POST /api/workflows/import', plain)).json.code, 'no-workflow')
})

test('a workflow leaves for ComfyUI’s editor and comes back, as its file, its prompt, or a picture that it saved', async () => {
  const { url } = await startServer()
  const chain = {
    version: 1,
    nodes: {
      '1': { type: 'Increment', inputs: { value: 4 } },
      '2': { type: 'Echo', inputs: { value: { node: '1', output: 'value' } } },
    },
  }
  const { json: saved } = await call(url, 'POST /api/workflows', { document: chain })
  const path = `/api/workflows/${saved.id}/export`
  const file = await call(url, `GET ${path}?format=comfyui`)
  assert.deepEqual(
    file.json.nodes.map(({ type }: { type: string }) => type),
    ['Increment', 'Echo'],
  )
  const { json: prompt } = await call(url, `GET ${path}?format=comfyui-api`)
  assert.deepEqual(prompt['2'].inputs, { value: ['1', 0] })
  assert.equal((await call(url, `GET ${path}?format=other`)).status, 400)
  const plain = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#123' } })
    .png()
    .toBuffer()
  const drawn = Buffer.from(stampImage(plain, { prompt: '{}', workflow: JSON.stringify(file.json) }))
  const ran = Buffer.from(stampImage(plain, { prompt: JSON.stringify(prompt) }))
  for (const body of [file.bytes, Buffer.from(JSON.stringify(prompt)), drawn, ran]) {
    const { status, json } = await call(url, 'POST /api/workflows/import', body)
    assert.equal(status, 201, JSON.stringify(json))
    assert.deepEqual(json.document.nodes, chain.nodes)
  }
})

test('a workflow belongs to who saved it, and to whom he gives its link', async () => {
  const { url } = await startServer({ access: 'accounts' })
  const [ann, ben] = [await signUp(url, 'ann@example.org'), await signUp(url, 'ben@example.org')]
  const { json: saved } = await call(url, 'POST /api/workflows', { document: echo(1), name: 'Hers' }, ann)
  const path = `/api/workflows/${saved.id}`
  for (const request of [
    `GET ${path}`,
    `GET ${path}/versions`,
    `GET ${path}/export`,
    `POST ${path}/share`,
    `DELETE ${path}/share`,
    `DELETE ${path}`,
  ])
    assert.equal((await call(url, request, undefined, ben)).status, 404, request)
  assert.equal((await call(url, `PUT ${path}`, { document: echo(2) }, ben)).status, 404)
  for (const workflow of [saved.id, 'Hers'])
    assert.equal((await call(url, 'POST /api/runs', { workflow }, ben)).status, 404)
  const { json: link } = await call(url, `POST ${path}/share`, undefined, ann)
  assert.deepEqual((await call(url, `POST ${path}/share`, undefined, ann)).json, link, 'the same link again')
  const read = await call(url, `GET ${link.url}`)
  assert.deepEqual([read.status, read.json.document, read.json.share], [200, echo(1), undefined])
  await call(url, `DELETE ${path}/share`, undefined, ann)
  assert.equal((await call(url, `GET ${link.url}`)).status, 404)
})

test('a saved workflow gives no right to files that it only names', async () => {
  const { url } = await startServer({ access: 'accounts' })
  const [ann, ben] = [await signUp(url, 'ann@example.org'), await signUp(url, 'ben@example.org')]
  const picture = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#456' } })
    .png()
    .toBuffer()
  const { json } = await call(url, 'POST /api/artifacts', picture, { 'Content-Type': 'image/png', ...ann })
  const document = { version: 1, nodes: { photo: { type: 'LoadImage', inputs: { image: json.artifact } } } }
  for (const who of [ann, ben]) assert.equal((await call(url, 'POST /api/workflows', { document }, who)).status, 201)
  const read = (who: Record<string, string>) => call(url, `GET /api/artifacts/${json.artifact}`, undefined, who)
  assert.deepEqual([(await read(ann)).status, (await read(ben)).status], [200, 404])
})
