import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ImageComposite } from '../../../nodes/image/image-composite.js'
import type { Image, Mask, Region } from '../../../nodes/ports.js'
import { testContext } from '../context.js'
import { noise } from './pictures.js'

const pixel = (data: Uint8Array | Uint16Array): Image => ({
  width: 1,
  height: 1,
  channels: data.length === 4 ? 4 : 3,
  data,
})
const mask = (...values: number[]): Mask => ({ width: values.length, height: 1, data: Float32Array.from(values) })

async function compose(
  background: Image,
  foreground: Image[],
  masks: Mask[],
  region?: Region[],
  context = testContext(),
) {
  return (await ImageComposite.run({ background, foreground, mask: masks, region }, context)).image
}
const over = async (background: Image, foreground: Image, weight: number) => [
  ...(await compose(background, [foreground], [mask(weight)])).data,
]

test('ImageComposite mixes by the mask and rounds', async () => {
  const [dark, light] = [pixel(Uint8Array.of(0, 100, 255)), pixel(Uint8Array.of(255, 101, 0))]
  assert.deepEqual(await over(dark, light, 0.5), [128, 101, 128])
  assert.deepEqual(await over(dark, light, 0.25), [64, 100, 191])
  assert.deepEqual(await over(dark, light, 1), [255, 101, 0])
})

test('ImageComposite brings the foreground to the depth of the background', async () => {
  const [eight, sixteen] = [pixel(Uint8Array.of(0, 128, 255)), pixel(Uint16Array.of(0, 128 * 257, 65535))]
  assert.deepEqual(await over(pixel(Uint16Array.of(9, 9, 9)), eight, 1), [0, 128 * 257, 65535])
  assert.deepEqual(await over(pixel(Uint8Array.of(9, 9, 9)), sixteen, 1), [0, 128, 255])
})

test('ImageComposite lets transparency of the foreground show an opaque background', async () => {
  assert.deepEqual(await over(pixel(Uint8Array.of(0, 0, 0)), pixel(Uint8Array.of(200, 100, 50, 0)), 1), [0, 0, 0])
  assert.deepEqual(await over(pixel(Uint8Array.of(0, 0, 0)), pixel(Uint8Array.of(200, 100, 50, 51)), 1), [40, 20, 10])
})

test('ImageComposite keeps the alpha of the background under a foreground that has none', async () => {
  assert.deepEqual(
    await over(pixel(Uint8Array.of(0, 0, 0, 70)), pixel(Uint8Array.of(200, 100, 50)), 1),
    [200, 100, 50, 70],
  )
})

test('ImageComposite weighs colours by alpha when both have it', async () => {
  const [clear, red] = [pixel(Uint8Array.of(0, 255, 0, 0)), pixel(Uint8Array.of(255, 0, 0, 255))]
  assert.deepEqual(await over(clear, red, 0.5), [255, 0, 0, 128])
  assert.deepEqual(await over(red, clear, 1), [0, 255, 0, 0])
})

test('ImageComposite takes what is not a number in a mask, or below 0, for background', async () => {
  const [background, light] = [pixel(Uint8Array.of(1, 2, 3)), pixel(Uint8Array.of(255, 255, 255))]
  assert.deepEqual(await over(background, light, Number.NaN), [1, 2, 3])
  assert.deepEqual(await over(background, light, -1), [1, 2, 3])
})

test('ImageComposite puts several foregrounds at their places and leaves its inputs as they are', async () => {
  const background: Image = { width: 4, height: 2, channels: 3, data: new Uint8Array(24), icc: Uint8Array.of(1) }
  const one = pixel(Uint8Array.of(9, 9, 9))
  const places = [
    { x: 3, y: 0, width: 1, height: 1 },
    { x: 0, y: 1, width: 1, height: 1 },
  ]
  const { data, icc } = await compose(background, [one, one], [mask(1), mask(1)], places)
  assert.deepEqual(
    [...data].flatMap((value, i) => (value ? [i] : [])),
    [9, 10, 11, 12, 13, 14],
  )
  assert.deepEqual(icc, background.icc)
  assert.ok(background.data.every(value => value === 0))
})

test('ImageComposite warns of a foreground in another colour space', async () => {
  const context = testContext()
  const background = { ...noise({ width: 1, height: 1 }), icc: Uint8Array.of(1) }
  await compose(background, [noise({ width: 1, height: 1 })], [mask(1)], undefined, context)
  assert.deepEqual(context.warnings, [])
  await compose(background, [{ ...background, icc: Uint8Array.of(2) }], [mask(1)], undefined, context)
  assert.match(context.warnings.join(), /another colour profile/)
})

test('ImageComposite says which sizes do not fit', async () => {
  const background = noise({ width: 4, height: 1 })
  const small = noise({ width: 2, height: 1 })
  const at = (x: number) => [{ x, y: 0, width: 2, height: 1 }]
  await assert.rejects(
    compose(background, [small], [mask(1, 1)]),
    /Mask 1 must have the size of the picture, 4 × 1, got 2 × 1/,
  )
  await assert.rejects(compose(background, [background], [mask(1, 1)], at(0)), /foreground of 2 × 1.*got 4 × 1/)
  await assert.rejects(
    compose(background, [small], [mask(1, 1)], at(3)),
    /inside the picture of 4 × 1, got 2 × 1 at \(3, 0\)/,
  )
  await assert.rejects(compose(background, [small], [], []), /got 0 for 1/)
  await assert.rejects(compose(background, [small], [mask(1, 1)], []), /got 0 for 1/)
})
