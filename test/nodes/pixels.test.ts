import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Affine } from '../../nodes/affine.js'
import { samplePixels, shrinkPixels } from '../../nodes/pixels.js'
import type { Image } from '../../nodes/ports.js'
import { with16Bits } from './photos.js'

const picture = (width: number, height: number, value: (x: number, y: number, c: number) => number): Image => ({
  width,
  height,
  channels: 3,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3)
    return value(pixel % width, Math.floor(pixel / width), i % 3)
  }),
})

const noisy = (width: number, height: number) => picture(width, height, (x, y, c) => (x * 73 + y * 151 + c * 57) % 256)
const scaled = (by: number): Affine => [by, 0, 0, 0, by, 0]
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length

test('samplePixels of a picture on itself is that picture', () => {
  const image = noisy(17, 11)
  const out = samplePixels(image, { width: 17, height: 11, toPicture: scaled(1), border: 'zero' })
  assert.deepEqual([...out], [...image.data])
})

test('samplePixels lies between two pixels by their mean', () => {
  const image = picture(2, 1, x => x * 200)
  const [value] = samplePixels(image, { width: 1, height: 1, toPicture: [1, 0, 0.5, 0, 1, 0], border: 'clamp' })
  assert.equal(value, 100)
})

test('samplePixels turns a fine pattern to grey when it shrinks it, at any ratio', () => {
  for (const side of [700, 1153, 2000]) {
    const board = picture(side, side, (x, y) => ((x + y) % 2) * 255)
    const stripes = picture(side, side, x => (x % 2) * 255)
    for (const image of [board, stripes]) {
      const toPicture = scaled(side / 96)
      const out = samplePixels(image, { width: 96, height: 96, toPicture, border: 'clamp' })
      // A cell of 7 pixels has 3 or 4 white ones: 18 off grey is what a mean may be, 127 what a skipped pixel makes.
      for (const value of out) assert.ok(Math.abs(value - 127.5) < 19, `${value} at a side of ${side}`)
    }
  }
})

test('samplePixels keeps the mean of what it shrinks', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 90 }), fc.integer({ min: 4, max: 12 }), (side, to) => {
      const image = picture(side, side, (x, y, c) => (x * 2 + y + c * 9) % 256)
      const smooth = { ...image, data: image.data.map((_, i) => (100 * (Math.floor(i / 3) % side)) / side) }
      const crop = { width: to, height: to, toPicture: scaled(side / to), border: 'clamp' as const }
      assert.ok(Math.abs(mean(samplePixels(smooth, crop)) - mean(smooth.data)) < 1.5)
    }),
    { numRuns: 30 },
  )
})

test('samplePixels gives 16 bits the numbers of 8', () => {
  const image = noisy(64, 48)
  for (const by of [0.5, 1, 3.7]) {
    const crop = { width: 12, height: 12, toPicture: [by, 0.1, 2, -0.1, by, 3] as const, border: 'zero' as const }
    const [eight, sixteen] = [samplePixels(image, crop), samplePixels(with16Bits(image), crop)]
    eight.forEach((value, i) => {
      assert.ok(Math.abs(value - sixteen[i]) < 1e-3)
    })
  }
})

test('samplePixels sees what is transparent on black', () => {
  const image: Image = { width: 2, height: 1, channels: 4, data: Uint8Array.of(200, 200, 200, 255, 200, 200, 200, 0) }
  const out = samplePixels(image, { width: 2, height: 1, toPicture: scaled(1), border: 'clamp' })
  assert.deepEqual([...out], [200, 200, 200, 0, 0, 0])
})

test('samplePixels is black beyond the picture, or its border again', () => {
  const image = picture(4, 4, () => 90)
  const far = { width: 1, height: 1, toPicture: [1, 0, -50, 0, 1, 60] as const }
  assert.equal(samplePixels(image, { ...far, border: 'zero' })[0], 0)
  assert.equal(samplePixels(image, { ...far, border: 'clamp' })[0], 90)
})

test('shrinkPixels takes means, of fewer pixels at the far borders', () => {
  const small = shrinkPixels(
    picture(5, 3, (x, y) => x * 10 + y),
    2,
  )
  assert.deepEqual([small.width, small.height], [3, 2])
  const firstAndLastOfRows = [0, 2, 3, 5].map(pixel => small.data[pixel * 3])
  assert.deepEqual(firstAndLastOfRows, [6, 40, 7, 42])
})
