import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../serving.js'
import { clientOf, facePhoto, greyPicture } from './client.js'

const server = await startServer({ uploadBytes: 300_000 })
const anybody = clientOf(server)

test('an upload answers its id, its name and where it is shown', async () => {
  const { status, json } = await anybody.upload(await facePhoto(), 'Me.JPG')
  assert.equal(status, 200)
  assert.deepEqual(json, { id: json.id, filename: `${json.id}.jpg`, url: `/uploads/${json.id}.jpg` })
  const shown = await fetch(server.url + json.url)
  assert.deepEqual([shown.status, shown.headers.get('content-type')], [200, 'image/jpeg'])
  const part = await fetch(server.url + json.url, { headers: { Range: 'bytes=0-1' } })
  assert.deepEqual([part.status, [...new Uint8Array(await part.arrayBuffer())]], [206, [0xff, 0xd8]])
})

test('a form without the field is 422, a file that is no picture 400', async () => {
  const form = new FormData()
  form.append('picture', new Blob(['x']), 'a.png')
  const response = await fetch(`${server.url}/api/upload/image`, { method: 'POST', body: form })
  assert.equal(response.status, 422)
  const { detail } = (await response.json()) as { detail: { loc: unknown; type: string }[] }
  assert.deepEqual([detail[0]?.loc, detail[0]?.type], [['body', 'file'], 'missing'])
  assert.equal((await anybody.call('POST', '/api/upload/image', {})).status, 422)
  const text = await anybody.upload(Buffer.from('no picture at all'), 'a.png', 'image/png')
  assert.deepEqual(text, { status: 400, json: { detail: 'File must be an image' } })
})

test('defect 28: an id is never a path: nothing outside the uploads is fed in or read', async () => {
  const hostile = ['../../../../etc/passwd', '/etc/passwd', '..\\..\\x', 'workflows/demo/face', '__proto__', '']
  for (const id of hostile) {
    const { batch_id } = await anybody.start({ face_image_id: id, reference_image_id: id, count: 1 })
    assert.equal((await anybody.ended(batch_id))[0]?.error, 'Face image not found')
  }
  const paths = ['/uploads/..%2f..%2fpackage.json', '/outputs/..%2f..%2fpackage.json', '/outputs/%2fetc%2fpasswd']
  for (const path of [...paths, '/uploads/%00', '/outputs/x/preview.jpg', '/uploads/', '/demo/..%2fface.jpg'])
    assert.equal((await fetch(server.url + path)).status, 404, path)
})

test('a reference that is not there, or none, is the default background', async () => {
  const reference = { reference_image_id: 'a0b1c2d3-0000-4000-8000-000000000000' }
  const { batch_id } = await anybody.start({ ...reference, count: 1 })
  const none = await anybody.start({ reference_image_id: null, count: 1 })
  const [first] = await anybody.ended(batch_id)
  const [second] = await anybody.ended(none.batch_id)
  const bytes = async (url = '') => Buffer.from(await (await fetch(server.url + url)).arrayBuffer())
  assert.deepEqual(await bytes(first?.result_url ?? ''), await bytes(second?.result_url ?? ''))
})

test('defect 29: what an upload is called never makes it a page', async () => {
  const page = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
  assert.equal((await anybody.upload(page, 'a.svg', 'image/svg+xml')).status, 400)
  assert.equal((await anybody.upload(page, 'a.png', 'image/png')).status, 400)
  const { json } = await anybody.upload(await facePhoto(), 'evil.html', 'image/png')
  assert.match(json.url, /\.jpg$/)
  const { headers } = await fetch(server.url + json.url)
  assert.equal(headers.get('content-type'), 'image/jpeg')
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  assert.match(headers.get('content-security-policy') ?? '', /sandbox/)
  assert.equal((await fetch(`${server.url}/uploads/${json.id}.html`)).status, 404)
})

test('defect 30: deleting takes an id and nothing that stands for many', async () => {
  const { json } = await anybody.upload(await greyPicture(), 'grey.png', 'image/png')
  for (const pattern of ['*', '%2A', `${json.id.slice(0, 8)}*`, '?'.repeat(36), '..'])
    assert.equal((await anybody.call('DELETE', `/api/upload/${encodeURIComponent(pattern)}`)).status, 404, pattern)
  assert.equal((await fetch(server.url + json.url)).status, 200)
  const deleted = await anybody.call('DELETE', `/api/upload/${json.id}`)
  assert.deepEqual(deleted, { status: 200, json: { status: 'deleted', id: json.id } })
  assert.equal((await fetch(server.url + json.url)).status, 404)
  const again = await anybody.call('DELETE', `/api/upload/${json.id}`)
  assert.deepEqual(again, { status: 404, json: { detail: 'File not found' } })
})

test('defect 33: an upload beyond the limit is 413', async () => {
  const { status, json } = await anybody.upload(Buffer.alloc(400_000, 1))
  assert.equal(status, 413)
  assert.equal(typeof json.detail, 'string')
})

test('the demo’s scenes are listed and shown', async () => {
  const { json } = await anybody.call('GET', '/api/demo-images')
  assert.deepEqual(json, { images: [{ url: '/demo/reference.png', gender: 'other' }] })
  const { status, headers } = await fetch(server.url + json.images[0].url)
  assert.deepEqual([status, headers.get('content-type')], [200, 'image/png'])
})

test('the server says of itself what the replaced one said', async () => {
  assert.deepEqual((await anybody.call('GET', '/')).json, { message: 'IP-to-Portrait API', status: 'running' })
  assert.deepEqual((await anybody.call('GET', '/health')).json, { status: 'healthy' })
})
