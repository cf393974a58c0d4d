import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeImage } from '../../../nodes/image/encode.js'
import { ImageCrop } from '../../../nodes/image/image-crop.js'
import { ImageResize } from '../../../nodes/image/image-resize.js'
import { LoadImage } from '../../../nodes/image/load-image.js'
import type { Image } from '../../../nodes/ports.js'
import { testContext } from '../context.js'
import { noise } from './pictures.js'

const load = async (image: Image) => {
  const artifacts = new Map([['a', await encodeImage(image, 'png')]])
  return LoadImage.run({ image: 'a' }, testContext({ artifacts }))
}

test('LoadImage gives a mask that is 1 where the picture is transparent', async () => {
  const data = Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 0, 7, 8, 9, 51)
  const { image, mask, width, height } = await load({ width: 3, height: 1, channels: 4, data })
  assert.deepEqual([image.data, width, height], [data, 3, 1])
  assert.deepEqual(mask?.data, Float32Array.of(0, 1, 0.8))
})

test('LoadImage gives no mask of a picture without alpha', async () => {
  assert.equal((await load(noise({ width: 3, height: 3 }))).mask, undefined)
})

const wish = { width: 0, height: 0, longest: 0, fit: 'inside' } as const
const resize = async (image: Image, changes: object) =>
  (await ImageResize.run({ image, ...wish, ...changes }, testContext())).image
const size = ({ width, height }: Image) => [width, height]

test('ImageResize keeps proportions unless it is told to fill or cover', async () => {
  const image = noise({ width: 60, height: 30 })
  assert.deepEqual(size(await resize(image, { longest: 20 })), [20, 10])
  assert.deepEqual(size(await resize(image, { width: 30 })), [30, 15])
  assert.deepEqual(size(await resize(image, { height: 60 })), [120, 60])
  assert.deepEqual(size(await resize(image, { width: 20, height: 20 })), [20, 10])
  assert.deepEqual(size(await resize(image, { width: 20, height: 20, fit: 'fill' })), [20, 20])
  assert.deepEqual(size(await resize(image, { width: 20, height: 20, fit: 'cover' })), [20, 20])
})

test('ImageResize gives the very picture back when nothing changes', async () => {
  const image = noise({ width: 6, height: 3 })
  assert.equal(await resize(image, { longest: 6 }), image)
})

test('ImageResize does not let colours of transparent pixels bleed', async () => {
  const data = new Uint8Array(32 * 32 * 4)
  for (let i = 0; i < 32 * 32; i++) data.set(i % 32 < 15 ? [255, 0, 0, 255] : [0, 255, 0, 0], i * 4)
  const { data: small } = await resize({ width: 32, height: 32, channels: 4, data }, { longest: 8 })
  for (let i = 0; i < small.length; i += 4) {
    if (small[i + 3] < 16) continue
    assert.ok(small[i] > 235 && small[i + 1] < 8, `${small.subarray(i, i + 4)}`)
  }
})

test('ImageResize keeps 16 bits and the colour profile', async () => {
  const image = { ...noise({ width: 20, height: 20, deep: true }), icc: Uint8Array.of(5) }
  image.data.fill(1000)
  const half = await resize(image, { longest: 10 })
  assert.deepEqual([half.icc, half.data], [image.icc, new Uint16Array(300).fill(1000)])
})

test('ImageResize says what it wants when no size is given, and refuses what memory cannot hold', async () => {
  const image = noise({ width: 2, height: 2 })
  await assert.rejects(resize(image, {}), /width, a height or a longest side above 0/)
  await assert.rejects(resize(image, { longest: 32768 }), /32768 × 32768 exceeds 100 megapixels/)
})

const crop = (image: Image, x: number, y: number, width: number, height: number) =>
  ImageCrop.run({ image, region: undefined, x, y, width, height }, testContext())

test('ImageCrop takes the samples of a rectangle and says where it was', async () => {
  const image = noise({ width: 5, height: 4, channels: 4, deep: true })
  const { image: part, region } = await crop(image, 2, 1, 3, 2)
  assert.deepEqual(region, { x: 2, y: 1, width: 3, height: 2 })
  assert.deepEqual(
    [...part.data],
    [1, 2].flatMap(y => [...image.data.slice((y * 5 + 2) * 4, (y * 5 + 5) * 4)]),
  )
})

test('ImageCrop follows a linked region instead of its numbers', async () => {
  const place = { x: 1, y: 1, width: 1, height: 2 }
  const inputs = { image: noise({ width: 3, height: 3 }), region: place, x: 0, y: 0, width: 3, height: 3 }
  const { image, region } = await ImageCrop.run(inputs, testContext())
  assert.deepEqual([size(image), region], [[1, 2], place])
})

test('ImageCrop refuses a rectangle that reaches out of the picture', () => {
  const image = noise({ width: 5, height: 4 })
  assert.throws(() => crop(image, 3, 0, 3, 2), /The crop must lie inside the picture of 5 × 4, got 3 × 2 at \(3, 0\)/)
  assert.throws(() => crop(image, -1, 0, 3, 2), /inside/)
  assert.throws(() => crop(image, 0.5, 0, 3, 2), /inside/)
})
