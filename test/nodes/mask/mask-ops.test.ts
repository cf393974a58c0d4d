import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fillHoles } from '../../../nodes/mask/fill-holes.js'
import { gaussianBlur } from '../../../nodes/mask/gaussian.js'
import { grow } from '../../../nodes/mask/grow.js'
import { MaskOps } from '../../../nodes/mask/mask-ops.js'
import { MaskOverlay } from '../../../nodes/mask/mask-overlay.js'
import { padEllipse } from '../../../nodes/mask/pad-ellipse.js'
import type { Mask } from '../../../nodes/ports.js'
import { testContext } from '../context.js'
import { noise, randomFrom, spots } from '../image/pictures.js'

const plain = {
  other: undefined,
  combine: 'union',
  fill: false,
  expand: 0,
  blur: 0,
  padding: 0,
  feather: 0,
  invert: false,
} as const
const shape = async (mask: Mask, changes: object) =>
  (await MaskOps.run({ mask, ...plain, ...changes }, testContext())).mask.data
const row = (...values: number[]): Mask => ({ width: values.length, height: 1, data: Float32Array.from(values) })
const draw = (...rows: string[]): Mask => ({
  width: rows[0].length,
  height: rows.length,
  data: Float32Array.from(rows.join(''), letter => (letter === '#' ? 1 : 0)),
})
const show = (data: Float32Array, width: number) =>
  Array.from({ length: data.length / width }, (_, y) =>
    Array.from(data.subarray(y * width, (y + 1) * width), value => (value > 0.5 ? '#' : '.')).join(''),
  )

const planes = fc
  .record({ width: fc.integer({ min: 1, max: 14 }), height: fc.integer({ min: 1, max: 14 }) })
  .chain(({ width, height }) =>
    fc
      .array(fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 8 })), {
        minLength: width * height,
        maxLength: width * height,
      })
      .map(values => ({ width, height, data: Float32Array.from(values, value => value / 8) })),
  )

test('MaskOps changes nothing at its defaults', async () => {
  const mask = spots(20, 13, randomFrom(1))
  assert.deepEqual(await shape(mask, {}), mask.data)
})

test('MaskOps grows by a cross, so that the growth is a diamond', async () => {
  const grown = await shape(draw('.......', '.......', '.......', '...#...', '.......', '.......', '.......'), {
    expand: 2,
  })
  assert.deepEqual(show(grown, 7), ['.......', '...#...', '..###..', '.#####.', '..###..', '...#...', '.......'])
})

test('MaskOps shrinks from the unselected only, not from the frame', async () => {
  const shrunk = await shape(draw('#####', '#####', '####.', '#####'), { expand: -1 })
  assert.deepEqual(show(shrunk, 5), ['#####', '####.', '###..', '####.'])
})

test('grow equals so many single dilations with a 3 × 3 cross', () => {
  const once = ({ width, height, data }: Mask): Mask => {
    const at = (x: number, y: number) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : data[y * width + x])
    const reached = (x: number, y: number) =>
      [
        [0, 0],
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ].some(([dx, dy]) => at(x + dx, y + dy) > 0.5)
    return { width, height, data: data.map((value, i) => (reached(i % width, Math.floor(i / width)) ? 1 : value)) }
  }
  fc.assert(
    fc.property(planes, fc.integer({ min: 1, max: 5 }), (mask, times) => {
      let expected: Mask = mask
      for (let i = 0; i < times; i++) expected = once(expected)
      assert.deepEqual(grow(mask.data, mask.width, mask.height, times), expected.data)
    }),
  )
})

test('padEllipse equals a search under the elliptical kernel of OpenCV, both ways', () => {
  fc.assert(
    fc.property(planes, fc.integer({ min: -4, max: 4 }), (mask, pixels) => {
      const { width, height, data } = mask
      const radius = Math.abs(pixels)
      const best = pixels < 0 ? Math.min : Math.max
      const expected = data.map((value, i) => {
        let found = value
        for (let dy = -radius; dy <= radius; dy++) {
          const half = Math.round(Math.sqrt(radius ** 2 - dy ** 2))
          const y = Math.floor(i / width) + dy
          for (let x = (i % width) - half; x <= (i % width) + half; x++)
            if (x >= 0 && y >= 0 && x < width && y < height) found = best(found, data[y * width + x])
        }
        return found
      })
      assert.deepEqual(padEllipse(data, width, height, pixels), expected)
    }),
  )
})

test('padEllipse works around a change alone as it does on the whole plane', () => {
  const wide = (left: number, size: number) => {
    const data = new Float32Array(size * size)
    for (let y = 0; y < 6; y++) for (let x = 0; x < 6; x++) data[(left + y) * size + left + x] = 0.2 + x / 10
    return padEllipse(data, size, size, 3)
  }
  const [near, far] = [wide(4, 14), wide(24, 54)]
  for (let y = 0; y < 14; y++)
    assert.deepEqual(far.slice((y + 20) * 54 + 20, (y + 20) * 54 + 34), near.slice(y * 14, (y + 1) * 14))
})

test('fillHoles fills what is enclosed, and not what reaches the frame', () => {
  const mask = draw('.####..', '.#..#.#', '.####.#', '......#', '####..#', '...#...')
  assert.deepEqual(show(fillHoles(mask.data, 7, 6), 7), [
    '.####..',
    '.####.#',
    '.####.#',
    '......#',
    '####..#',
    '...#...',
  ])
})

test('MaskOps pads after it blurs, as the seed does', async () => {
  const mask = draw(...Array(21).fill('.........###.........'))
  const blurred = gaussianBlur(mask.data, 21, 21, 2)
  assert.deepEqual(await shape(mask, { blur: 2 }), blurred)
  assert.deepEqual(await shape(mask, { blur: 2, padding: 2 }), padEllipse(blurred, 21, 21, 2))
})

test('MaskOps feathers inwards and leaves all outside at exactly 0', async () => {
  const feathered = await shape(row(0, 1, 1, 1, 1, 1, 0), { feather: 1 })
  assert.deepEqual([...feathered], [0, 0.5, 1, 1, 1, 0.5, 0])
})

test('MaskOps combines with a second mask by larger, smaller and remaining value', async () => {
  const [mask, other] = [row(0, 0.5, 1, 1), row(1, 0.25, 0.25, 0)]
  assert.deepEqual([...(await shape(mask, { other, combine: 'union' }))], [1, 0.5, 1, 1])
  assert.deepEqual([...(await shape(mask, { other, combine: 'intersect' }))], [0, 0.25, 0.25, 0])
  assert.deepEqual([...(await shape(mask, { other, combine: 'subtract' }))], [0, 0.5, 0.75, 1])
  await assert.rejects(shape(mask, { other: row(1) }), /one size, got 4 × 1 and 1 × 1/)
})

test('MaskOps inverts last and does not change its input', async () => {
  const mask = row(0, 0.25, 1)
  assert.deepEqual([...(await shape(mask, { invert: true }))], [1, 0.75, 0])
  assert.deepEqual([...mask.data], [0, 0.25, 1])
})

test('MaskOverlay tints what is selected and leaves the rest bit by bit', async () => {
  const image = noise({ width: 3, height: 1, channels: 4 })
  const { image: shown } = await MaskOverlay.run({ image, mask: row(0, 1, 0.5), opacity: 1 }, testContext())
  assert.deepEqual(shown.data.subarray(0, 4), image.data.subarray(0, 4))
  assert.deepEqual([...shown.data.subarray(4, 8)], [255, 0, 0, image.data[7]])
  const half = (value: number) => Math.floor(value / 2 + 0.5)
  assert.deepEqual([...shown.data.subarray(9, 11)], [half(image.data[9]), half(image.data[10])])
  assert.throws(() => MaskOverlay.run({ image, mask: row(1), opacity: 1 }, testContext()), /mask of 3 × 1.*got 1 × 1/)
})
