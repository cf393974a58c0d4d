import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { colourModel } from '../../../../nodes/face/parse/colour-model.js'
import { connectedTo } from '../../../../nodes/face/parse/connected.js'
import { layMask } from '../../../../nodes/face/parse/guided.js'
import { convexHull } from '../../../../nodes/face/parse/hull.js'
import type { View } from '../../../../nodes/face/parse/view.js'
import { grid } from '../../../../nodes/face/parse/view.js'
import type { Image, Point } from '../../../../nodes/ports.js'

test('convexHull goes round all points, once', () => {
  const coordinate = fc.integer({ min: -20, max: 20 })
  fc.assert(
    fc.property(fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 40 }), points => {
      const hull = convexHull(points)
      hull.forEach(([ax, ay], i) => {
        const [bx, by] = hull[(i + 1) % hull.length]
        for (const [x, y] of points) assert.ok((bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0)
      })
      assert.equal(new Set(hull.map(String)).size, hull.length)
    }),
  )
  const square: Point[] = [
    [0, 0],
    [4, 0],
    [4, 4],
    [0, 4],
    [2, 2],
  ]
  assert.deepEqual(convexHull(square), [
    [0, 0],
    [4, 0],
    [4, 4],
    [0, 4],
  ])
})

test('connectedTo keeps what hangs together with a seed, not across corners or around the edge', () => {
  // #.#
  // ##.
  // ..#
  const selected = Uint8Array.of(1, 0, 1, 1, 1, 0, 0, 0, 1)
  assert.deepEqual([...connectedTo(selected, [0], 3)], [1, 0, 0, 1, 1, 0, 0, 0, 0])
  assert.deepEqual([...connectedTo(selected, [1], 3)], [0, 0, 0, 0, 0, 0, 0, 0, 0])
})

test('colourModel finds a colour likelier the closer it is, along its own spread', () => {
  // Reds that differ in brightness, all channels together.
  const pixels = new Float32Array(120)
  for (let i = 0; i < 40; i++) pixels.set([100 + 2 * i, 20 + i, 10 + i], i * 3)
  const model = colourModel(
    pixels,
    Array.from({ length: 40 }, (_, i) => i),
  )
  assert.ok(model)
  assert.deepEqual(model.mean, [139, 39.5, 29.5])
  const likelihood = (...rgb: number[]) => model.logLikelihood(Float32Array.from(rgb), 0)
  assert.ok(likelihood(139, 39.5, 29.5) > likelihood(150, 45, 35))
  assert.ok(likelihood(180, 60, 50) > likelihood(100, 60, 50))
  assert.equal(colourModel(pixels, [1, 2, 3]), undefined)
})

/** A picture that is dark on the left and light from column `edge` on, and the view of all of it. */
function twoTone(size: number, edge: number): { image: Image; view: View } {
  const data = Uint8Array.from({ length: size * size * 3 }, (_, i) => (Math.floor(i / 3) % size < edge ? 20 : 220))
  const luma = Float32Array.from({ length: grid * grid }, (_, i) =>
    (i % grid) + 0.5 < (edge * grid) / size ? 0.078 : 0.863,
  )
  const region = { x: 0, y: 0, width: size, height: size }
  const image = { width: size, height: size, channels: 3 as const, data }
  return { image, view: { region, luma, pixels: new Float32Array(0), person: new Float32Array(0) } }
}

test('layMask brings the edge of a mask to the edge of the picture', () => {
  const { image, view } = twoTone(1024, 512)
  // One pixel of the grid, four of the picture, off the edge.
  const values = Float32Array.from({ length: grid * grid }, (_, i) => (i % grid < 127 ? 0 : 1))
  const onto = { width: 1024, height: 1024, data: new Float32Array(1024 * 1024) }
  layMask(values, view, image, onto)
  const row = onto.data.subarray(600 * 1024, 601 * 1024)
  // Without the picture's help, three pixels of such an edge make a step of .15.
  assert.ok(row[513] - row[510] > 0.4, `${row[510]} to ${row[513]}`)
  assert.equal(row[400], 0)
  assert.equal(row[700], 1)
})

test('layMask leaves what is larger, and lays a flat mask flat', () => {
  const { image, view } = twoTone(100, 50)
  const onto = { width: 100, height: 100, data: new Float32Array(100 * 100).fill(0.5) }
  layMask(new Float32Array(grid * grid), view, image, onto)
  assert.ok(onto.data.every(value => value === 0.5))
  layMask(new Float32Array(grid * grid).fill(1), view, image, onto)
  assert.ok(onto.data.every(value => value === 1))
})
