import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../serving.js'
import { connect } from '../socket/client.js'
import { clientOf, facePhoto, memberOf } from './client.js'

const server = await startServer({ access: 'public' })
const anybody = clientOf(server)
const ann = await memberOf(server, 'ann')
const bea = await memberOf(server, 'bea')

const CLIENT = 'client-1700000000000-annannann'
const upload = (await ann.upload(await facePhoto())).json
const watching = await connect(`${server.url}/ws/${CLIENT}`)
const batch = await ann.start({ face_image_id: upload.id, count: 1, client_id: CLIENT })
const [task] = await ann.ended(batch.batch_id)

test('defect 31: a batch of an account does not exist for anybody else', async () => {
  const id = batch.batch_id
  for (const stranger of [anybody, bea]) {
    const answers = await Promise.all([
      stranger.call('GET', `/api/generation/status/${id}`),
      stranger.call('GET', `/api/generation/task/${id}-0`),
      stranger.call('POST', `/api/generation/cancel/${id}`),
      stranger.call('POST', `/api/generation/task/${id}-0/regenerate`),
      stranger.call('GET', `/api/history/${id}`),
      stranger.call('DELETE', `/api/upload/${upload.id}`),
    ])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404, 404, 404, 404, 404],
    )
    for (const path of [`/outputs/${id}_0.png`, `/outputs/${id}_0/preview.jpg`, `/uploads/${upload.filename}`]) {
      const headers: Record<string, string> = stranger.token ? { Authorization: `Bearer ${stranger.token}` } : {}
      assert.equal((await fetch(server.url + path, { headers })).status, 404, path)
    }
  }
  for (const [method, path] of [
    ['POST', `/api/history/${id}/favorite`],
    ['PATCH', `/api/history/${id}/title?title=mine`],
    ['DELETE', `/api/history/${id}`],
  ] as const) {
    assert.equal((await bea.call(method, path)).status, 404)
    assert.equal((await anybody.call(method, path)).status, 401)
  }
  assert.equal((await ann.call('GET', `/api/history/${id}`)).status, 200)
})

test('defect 31: nobody starts with another’s upload', async () => {
  const { batch_id } = await bea.start({ face_image_id: upload.id, count: 1 })
  const [failed] = await bea.ended(batch_id)
  assert.deepEqual([failed?.status, failed?.error], ['failed', 'Face image not found'])
})

test('defect 31: a signed URL shows the picture to a page, and only that picture', async () => {
  const { result_url } = task ?? {}
  const { json } = await ann.call('GET', `/api/history/${batch.batch_id}`)
  assert.deepEqual(json.result_urls, [result_url])
  for (const url of [result_url, upload.url, json.face_image_url]) {
    assert.match(url, /\?key=[\w-]{20,}$/)
    assert.equal((await fetch(server.url + url)).status, 200)
  }
  const key = result_url?.split('?')[1]
  assert.equal((await fetch(`${server.url}/uploads/${upload.filename}?${key}`)).status, 404)
  const own = await fetch(server.url + result_url?.split('?')[0], { headers: { Authorization: `Bearer ${ann.token}` } })
  assert.equal(own.status, 200)
})

test('defect 31: a socket hears only of batches that its caller may reach, whatever client it says it is', async () => {
  const spy = await connect(`${server.url}/ws/${CLIENT}`)
  const own = await connect(`${server.url}/ws/${CLIENT}?token=${ann.token}`)
  spy.send({ type: 'subscribe', batch_id: batch.batch_id })
  assert.deepEqual(await spy.until(() => true), { type: 'error', message: 'Batch not found' })
  const { batch_id } = await ann.start({ face_image_id: upload.id, count: 1, client_id: CLIENT })
  await own.until(({ data }) => (data as { status?: string })?.status === 'completed')
  await ann.ended(batch_id)
  spy.send({ type: 'ping' })
  await spy.until(({ type }) => type === 'pong')
  assert.equal(spy.messages.length, 2)
  assert.deepEqual(watching.messages, [])
})

test('defect 31: strangers of a public server who chose the same short name hear nothing of each other', async () => {
  const guessed = await connect(`${server.url}/ws/client-1`)
  const { batch_id } = await anybody.start({ count: 1, client_id: 'client-1' })
  await anybody.ended(batch_id)
  guessed.send({ type: 'ping' })
  await guessed.until(({ type }) => type === 'pong')
  assert.equal(guessed.messages.length, 1)
})

test('defect 31: settings belong to who set them, and strangers have none to set', async () => {
  assert.equal((await ann.call('PUT', '/api/settings/', { default_count: 7 })).json.default_count, 7)
  assert.equal((await ann.call('GET', '/api/settings/')).json.default_count, 7)
  for (const other of [bea, anybody]) assert.equal((await other.call('GET', '/api/settings')).json.default_count, 4)
  assert.equal((await anybody.call('PUT', '/api/settings', { default_count: 7 })).status, 401)
})

test('defect 27: who has signed in stays so: the header says it as well as the query', async () => {
  const person = (await ann.call('GET', '/api/auth/me')).json
  assert.equal(person.email, 'ann@example.com')
  assert.deepEqual((await anybody.call('GET', `/api/auth/me?token=${ann.token}`)).json, person)
})

test('defect 33: whoever has signed out is nobody: his token is worth nothing from then on', async () => {
  const cat = await memberOf(server, 'cat')
  const { batch_id } = await cat.start({ face_image_id: 'x', count: 1 })
  assert.equal((await cat.call('GET', `/api/generation/status/${batch_id}`)).status, 200)
  await cat.call('POST', '/api/auth/logout')
  assert.equal((await cat.call('GET', `/api/generation/status/${batch_id}`)).status, 404)
})
