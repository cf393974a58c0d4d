import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../serving.js'
import { connect, ended, get, picture, post, send, upload } from './calling.js'

const token = 'a-token-of-a-test-and-of-nothing-else'
const closed = await startServer({ access: 'accounts', token })
const open = await startServer({ access: 'public', token })

const operator = { Authorization: `Bearer ${token}` }
const { accounts } = closed.services
await accounts.register({ email: 'anna@example.org', password: 'Correct-horse-7-battery', name: 'Anna' })
const login = { email: 'anna@example.org', password: 'Correct-horse-7-battery', address: '127.0.0.1' }
const anna = { Authorization: `Bearer ${(await accounts.login(login)).token}` }

const echo = (value: number) => ({ say: { class_type: 'Echo', inputs: { value } } })
const endless = { w: { class_type: 'Wait', inputs: { ms: 20, steps: 3000 } } }
const saving = (image: string) => ({
  load: { class_type: 'LoadImage', inputs: { image } },
  save: { class_type: 'SaveImage', inputs: { images: ['load', 0], filename_prefix: 'mine' } },
  show: { class_type: 'PreviewImage', inputs: { images: ['load', 0] } },
})
const viewStatus = async (url: string, image: Record<string, string>, headers: Record<string, string> = {}) =>
  (await fetch(`${url}/view?${new URLSearchParams(image)}`, { headers })).status

test('where people sign in, nobody else is answered', async () => {
  for (const path of [
    '/prompt',
    '/queue',
    '/history',
    '/object_info',
    '/system_stats',
    '/userdata?dir=x',
    '/api/jobs',
  ]) {
    const response = await fetch(closed.url + path)
    assert.equal(response.status, 401, path)
    assert.equal(((await response.json()) as { error: { type: string } }).error.type, 'unauthorized')
  }
  assert.equal((await post(closed, '/prompt', { prompt: echo(1) })).status, 401)
})

test('what is Anna’s does not exist for the operator, and the other way round', async () => {
  await upload(closed, '/upload/image', await picture(8, 8, [1, 2, 3]), 'face.png', {}, anna)
  const id = await send(closed, saving('face.png'), {}, anna)
  const { outputs } = await ended(closed, id, anna)
  assert.deepEqual(Object.keys(await get(closed, '/history', anna)), [id])
  assert.deepEqual(await get(closed, '/history', operator), {})
  assert.deepEqual(await get(closed, `/history/${id}`, operator), {})
  assert.deepEqual((await get(closed, '/api/jobs', operator)).jobs, [])
  assert.equal((await fetch(`${closed.url}/api/jobs/${id}`, { headers: operator })).status, 404)
  for (const image of [outputs.save.images[0], outputs.show.images[0], { filename: 'face.png', type: 'input' }]) {
    assert.equal(await viewStatus(closed.url, image, anna), 200)
    assert.equal(await viewStatus(closed.url, image, operator), 404)
    assert.equal(await viewStatus(closed.url, image), 401)
  }
  assert.equal((await post(closed, '/prompt', { prompt: saving('face.png') }, operator)).status, 400)
  assert.deepEqual(await get(closed, '/internal/files/input', operator), [])
  await post(closed, '/history', { delete: [id], clear: true }, operator)
  assert.deepEqual(Object.keys(await get(closed, '/history', anna)), [id])
  await upload(closed, '/upload/image', await picture(9, 9, [4, 5, 6]), 'face.png', {}, operator)
  const own = await ended(closed, await send(closed, saving('face.png'), {}, operator), operator)
  assert.deepEqual(own.outputs.save.images, outputs.save.images, 'each counts for himself')
})

test('user data and settings are each person’s own', async () => {
  await fetch(`${closed.url}/userdata/notes.txt`, { method: 'POST', headers: anna, body: 'hers' })
  await post(closed, '/settings', { 'Comfy.Locale': 'de' }, anna)
  assert.equal((await fetch(`${closed.url}/userdata/notes.txt`, { headers: operator })).status, 404)
  assert.deepEqual(await get(closed, '/settings', operator), {})
  assert.deepEqual(await get(closed, '/settings', anna), { 'Comfy.Locale': 'de' })
})

test('nobody interrupts, clears or cancels another’s prompts, nor hears of them under his client’s name', async () => {
  const hers = await connect(closed, '?clientId=same', '/ws', anna)
  const his = await connect(closed, '?clientId=same', '/ws', operator)
  const id = await send(closed, endless, { client_id: 'same' }, anna)
  const waiting = await send(closed, echo(2), { client_id: 'same' }, anna)
  await hers.until(({ type, data }) => type === 'progress' && data.prompt_id === id)
  await post(closed, '/interrupt', {}, operator)
  await post(closed, '/interrupt', { prompt_id: id }, operator)
  await post(closed, '/queue', { clear: true, delete: [waiting] }, operator)
  assert.deepEqual((await post(closed, `/api/jobs/${id}/cancel`, {}, operator)).json, { cancelled: false })
  assert.deepEqual(await get(closed, '/queue', operator), { queue_running: [], queue_pending: [] })
  const queue = await get(closed, '/queue', anna)
  assert.deepEqual([queue.queue_running.length, queue.queue_pending.length], [1, 1])
  assert.equal((await post(closed, '/free', { unload_models: true }, anna)).status, 403)
  await post(closed, '/interrupt', {}, anna)
  await hers.over(waiting)
  assert.ok(!his.told.some(({ data }) => data.prompt_id !== undefined), 'his socket hears nothing of hers')
})

test('where anybody may come, lists show nothing of strangers, and ids and names lead to what is one’s own', async () => {
  const up = await upload(open, '/upload/image', await picture(8, 8, [1, 2, 3]), 'face.png')
  assert.match(up.json.name, /^face-[a-z0-9]{25}\.png$/)
  const id = await send(open, saving(up.json.name))
  const { outputs } = await ended(open, id)
  for (const image of [outputs.save.images[0], outputs.show.images[0]]) {
    assert.match(image.subfolder, /^[a-z0-9]{25}$/)
    assert.equal(await viewStatus(open.url, image), 200)
    assert.equal(await viewStatus(open.url, { ...image, subfolder: '' }), 404)
  }
  assert.deepEqual(await get(open, '/history'), {})
  assert.deepEqual((await get(open, '/api/jobs')).jobs, [])
  assert.deepEqual(await get(open, '/internal/files/input'), [])
  assert.equal(await get(open, '/internal/logs'), '')
  assert.deepEqual((await get(open, '/object_info/LoadImage')).LoadImage.input.required.image[0], [])
  await post(open, '/history', { clear: true })
  assert.ok((await get(open, `/history/${id}`))[id], 'nobody clears what he cannot list')
  const running = await send(open, endless)
  while (!(await get(open, `/api/jobs/${running}`)).execution_start_time)
    await new Promise(next => setTimeout(next, 10))
  await post(open, '/interrupt')
  assert.equal((await get(open, `/api/jobs/${running}`)).status, 'in_progress')
  await post(open, '/interrupt', { prompt_id: running })
  await ended(open, running)
})

test('where strangers share what is anonymous, nothing is kept for them', async () => {
  assert.deepEqual(await get(open, '/settings'), {})
  assert.equal((await post(open, '/settings', { a: 1 })).status, 401)
  assert.equal((await post(open, '/userdata/a.json', {})).status, 401)
  assert.equal((await fetch(`${open.url}/userdata/a.json`)).status, 404)
  assert.equal((await fetch(`${open.url}/userdata?dir=workflows`)).status, 404)
  assert.equal((await post(open, '/free', { unload_models: true })).status, 401)
})
