import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { noise } from '../../nodes/image/pictures.js'
import { startServer } from '../serving.js'
import { call, signUp } from './calling.js'

const PNG = { 'Content-Type': 'image/png' }
const { data } = noise({ width: 90, height: 40 })
const picture = await sharp(data, { raw: { width: 90, height: 40, channels: 3 } })
  .png()
  .toBuffer()

const asForm = (bytes: Buffer) => {
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(bytes)]), '../evil.html')
  return form
}

test('a picture comes in as a body or a form, and goes out as itself, never as a page', async () => {
  const { url } = await startServer()
  const raw = await call(url, 'POST /api/artifacts', picture, PNG)
  const form = await call(url, 'POST /api/artifacts', asForm(picture))
  assert.deepEqual([raw.status, form.status], [201, 201])
  assert.equal(raw.json.artifact, form.json.artifact, 'the same content has the same name')
  assert.notEqual(raw.json.id, form.json.id)
  const shown = await call(url, `GET /api/artifacts/${raw.json.artifact}`)
  const header = (name: string) => shown.headers.get(name)
  assert.equal(header('content-type'), 'image/png')
  assert.equal(header('x-content-type-options'), 'nosniff')
  assert.equal(header('content-security-policy'), "sandbox; default-src 'none'")
  assert.match(header('content-disposition') ?? '', /^inline; filename="[0-9a-f]{12}.png"$/)
  assert.equal(header('cache-control'), 'public, max-age=31536000, immutable')
  assert.equal(Number(header('content-length')), shown.bytes.length)
  assert.deepEqual((await sharp(shown.bytes).raw().toBuffer()).subarray(0, 300), Buffer.from(data.subarray(0, 300)))
  for (const [body, status] of [
    ['<svg/>', 400],
    ['<html>', 400],
    ['', 400],
  ] as const)
    assert.equal((await call(url, 'POST /api/artifacts', Buffer.from(body), PNG)).status, status)
  assert.equal((await call(url, 'POST /api/artifacts', new FormData())).json.code, 'missing-file')
})

test('a part of a file is answered when it can be, and what is known is not sent again', async () => {
  const { url } = await startServer()
  const { json } = await call(url, 'POST /api/artifacts', picture, PNG)
  const path = `/api/artifacts/${json.artifact}`
  const whole = await call(url, `GET ${path}`)
  const etag = whole.headers.get('etag') ?? ''
  const size = whole.bytes.length
  const ask = (headers: Record<string, string>, method = 'GET') => call(url, `${method} ${path}`, undefined, headers)
  const spans: [string, number, number][] = [
    ['bytes=0-9', 0, 9],
    ['bytes=5-', 5, size - 1],
    ['bytes=-7', size - 7, size - 1],
    ['bytes=3-999999', 3, size - 1],
    ['bytes=-999999', 0, size - 1],
  ]
  for (const [range, start, end] of spans) {
    const part = await ask({ Range: range })
    assert.equal(part.status, 206, range)
    assert.equal(part.headers.get('content-range'), `bytes ${start}-${end}/${size}`)
    assert.deepEqual(part.bytes, whole.bytes.subarray(start, end + 1))
  }
  for (const range of [`bytes=${size}-`, 'bytes=-0']) {
    const part = await ask({ Range: range })
    assert.equal(part.status, 416, range)
    assert.equal(part.headers.get('content-range'), `bytes */${size}`)
  }
  for (const range of ['bytes=9-3', 'bytes=0-1,4-5', 'lines=0-1', 'bytes=x'])
    assert.deepEqual((await ask({ Range: range })).bytes, whole.bytes, range)
  assert.equal((await ask({ Range: 'bytes=0-9', 'If-Range': etag })).status, 206)
  assert.equal((await ask({ Range: 'bytes=0-9', 'If-Range': '"another"' })).status, 200)
  assert.equal((await ask({ 'If-None-Match': `"x", W/${etag}` })).status, 304)
  assert.equal((await ask({ 'If-None-Match': '"x"' })).status, 200)
  const head = await ask({}, 'HEAD')
  assert.deepEqual([head.status, head.bytes.length, Number(head.headers.get('content-length'))], [200, 0, size])
})

test('thumbnails are small, upright, made once, and few', async () => {
  const { url, home } = await startServer()
  const turned = await sharp(picture).withMetadata({ orientation: 6 }).png().toBuffer()
  const { json } = await call(url, 'POST /api/artifacts', turned, PNG)
  const path = `/api/artifacts/${json.artifact}`
  const thumbnail = await call(url, `GET ${path}?size=20`)
  assert.equal(thumbnail.headers.get('content-type'), 'image/webp')
  const { width, height } = await sharp(thumbnail.bytes).metadata()
  assert.deepEqual([width, height], [14, 32])
  await Promise.all(Array.from({ length: 16 }, (_, i) => call(url, `GET ${path}?size=${17 + i}`)))
  assert.equal(readdirSync(join(home, 'thumbnails', json.artifact.slice(0, 2))).length, 1)
  assert.equal((await sharp((await call(url, `GET ${path}?size=1024`)).bytes).metadata()).height, 90, 'never enlarged')
  const jpeg = await call(url, `GET ${path}?format=jpeg&download=true`)
  assert.equal(jpeg.headers.get('content-type'), 'image/jpeg')
  assert.match(jpeg.headers.get('content-disposition') ?? '', /^attachment; filename="[0-9a-f]{12}.jpg"/)
  for (const query of ['size=15', 'size=1025', 'size=x', 'format=svg', 'size=20&size=30'])
    assert.equal((await call(url, `GET ${path}?${query}`)).status, 400, query)
})

test('a file is there for its owner, for who has its signed link, and for nobody else', async () => {
  const { url } = await startServer({ access: 'accounts' })
  const [ann, ben] = [await signUp(url, 'ann@example.org'), await signUp(url, 'ben@example.org')]
  const { json } = await call(url, 'POST /api/artifacts', picture, { ...PNG, ...ann })
  const path = `/api/artifacts/${json.artifact}`
  const status = async (headers?: Record<string, string>, to = path) =>
    (await call(url, `GET ${to}`, undefined, headers)).status
  assert.deepEqual([await status(ann), await status(ben), await status()], [200, 404, 404])
  const shown = await call(url, `GET ${json.url}&size=64`)
  assert.equal(shown.status, 200)
  assert.match(shown.headers.get('cache-control') ?? '', /^private,/)
  const forged = json.url.replace(/.$/, (last: string) => (last === 'A' ? 'B' : 'A'))
  assert.equal(await status(undefined, forged), 404)
  const other = `/api/artifacts/${'0'.repeat(64)}.png${json.url.slice(json.url.indexOf('?'))}`
  assert.equal(await status(ann, other), 404)
  assert.equal((await call(url, 'POST /api/artifacts', picture, { ...PNG, ...ben })).status, 201)
  assert.equal(await status(ben), 200, 'who brings the same picture has it too')
})

test('no path comes of a name', async () => {
  const { url } = await startServer()
  const names = [
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e',
    `${'0'.repeat(64)}.png%00`,
    `${'0'.repeat(64)}.png%2f..`,
    'x',
    'A'.repeat(64),
  ]
  for (const name of names) {
    const { status } = await call(url, `GET /api/artifacts/${name}`)
    assert(status === 400 || status === 404, `${name}: ${status}`)
  }
})
