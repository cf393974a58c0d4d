import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { decodeImage } from '../../../nodes/image/decode.js'
import { encodeImage, SAVED_FORMATS } from '../../../nodes/image/encode.js'
import { noise, sentence } from './pictures.js'

const profile = async () => {
  const made = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } })
    .withIccProfile('p3')
    .png()
    .toBuffer()
  return new Uint8Array((await sharp(made).metadata()).icc ?? [])
}

for (const format of SAVED_FORMATS) {
  test(`encodeImage keeps the colour profile in ${format}, and any decoder reads the file`, async () => {
    const icc = await profile()
    const file = await encodeImage({ ...noise({ width: 33, height: 21 }), icc }, format)
    const header = await sharp(file).metadata()
    assert.equal(header.format, format)
    assert.deepEqual(new Uint8Array(header.icc ?? []), icc)
    assert.deepEqual((await decodeImage(file)).icc, icc)
  })
}

test('encodeImage carries a profile that needs several segments of a JPEG', async () => {
  const icc = new Uint8Array(200_000).map((_, i) => i * 7)
  icc.set(await profile())
  new DataView(icc.buffer).setUint32(0, icc.length)
  const file = await encodeImage({ ...noise({ width: 8, height: 8 }), icc }, 'jpeg')
  assert.deepEqual(new Uint8Array((await sharp(file).metadata()).icc ?? []), icc)
})

for (const form of [
  { width: 1, height: 1 },
  { width: 641, height: 1103 },
  { width: 333, height: 517, channels: 4 },
  { width: 257, height: 129, deep: true },
  { width: 100, height: 77, channels: 4, deep: true },
  { width: 400_000, height: 3 },
] as const) {
  test(`encodeImage writes a PNG of ${JSON.stringify(form)} without loss`, async () => {
    const image = noise(form)
    assert.deepEqual(await decodeImage(await encodeImage(image, 'png')), image)
  })
}

test('encodeImage rounds 16 bits to 8, and shows transparency on white in JPEG', async () => {
  const data = new Uint16Array(16 * 16 * 4)
  for (let i = 0; i < data.length; i += 4)
    data.set([257 * 100, 257 * 100 + 127, 257 * 100 + 129, i < 512 ? 0 : 65535], i)
  const image = { width: 16, height: 16, channels: 4, data } as const
  const webp = await sharp(await encodeImage(image, 'webp', { quality: 100 }))
    .raw()
    .toBuffer({ resolveWithObject: true })
  assert.equal(webp.info.channels, 4)
  const { data: jpeg } = await decodeImage(await encodeImage(image, 'jpeg', { quality: 100 }))
  assert.ok(jpeg[0] > 250 && Math.abs(jpeg[jpeg.length - 3] - 100) <= 2, `${jpeg[0]} ${jpeg[jpeg.length - 3]}`)
})

test('encodeImage says which format can hold a picture too long for WebP', async () => {
  const image = noise({ width: 16_384, height: 1 })
  assert.match(await sentence(encodeImage(image, 'webp')), /16383 pixels a side, got 16384 × 1; save as png/)
})
