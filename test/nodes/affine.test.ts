import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { affineScale, applyAffine, cropToSquare, fitSimilarity2 } from '../../nodes/affine.js'
import type { Point } from '../../nodes/ports.js'

const coordinate = fc.double({ min: -500, max: 500, noNaN: true })
const angle = fc.double({ min: -3, max: 3, noNaN: true })
const scale = fc.double({ min: 0.1, max: 20, noNaN: true })
const triangle: readonly Point[] = [
  [0, 0],
  [40, 5],
  [12, 60],
]

const near = ([ax, ay]: Point, [bx, by]: Point, tolerance = 1e-6) =>
  assert.ok(Math.hypot(ax - bx, ay - by) <= tolerance, `(${ax}, ${ay}) is not (${bx}, ${by})`)

test('fitSimilarity2 recovers a known turn, scale and shift', () => {
  fc.assert(
    fc.property(coordinate, coordinate, angle, scale, (x, y, turn, side) => {
      const map = cropToSquare({ centre: [x, y], side, turn }, 1)
      const fit = fitSimilarity2(
        triangle,
        triangle.map(point => applyAffine(map, point)),
      )
      for (const point of triangle) near(applyAffine(fit, point), applyAffine(map, point))
      assert.ok(Math.abs(affineScale(fit) / side - 1) < 1e-9)
    }),
  )
})

test('fitSimilarity2 does not mirror to fit better', () => {
  const mirrored = triangle.map(([x, y]): Point => [-x, y])
  const [a, b, , d, e] = fitSimilarity2(triangle, mirrored)
  assert.ok(a * e - b * d > 0)
})

test('fitSimilarity2 refuses points that coincide', () => {
  assert.throws(
    () =>
      fitSimilarity2(
        [
          [3, 3],
          [3, 3],
        ],
        [
          [0, 0],
          [1, 1],
        ],
      ),
    /two that differ/,
  )
})

test('cropToSquare sends the middle of the crop to the centre and turns clockwise', () => {
  const map = cropToSquare({ centre: [100, 50], side: 40, turn: Math.PI / 2 }, 192)
  near(applyAffine(map, [96, 96]), [100, 50])
  // The right side of the crop lies below the centre, as it does for a head tilted clockwise by 90°.
  near(applyAffine(map, [192, 96]), [100, 70])
})
