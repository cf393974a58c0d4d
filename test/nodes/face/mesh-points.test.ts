import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cropToSquare } from '../../../nodes/affine.js'
import { IMAGE_LEFT_EYE } from '../../../nodes/face/landmarks.js'
import { joinMesh, placePoints, squareOfFace, squareOfPoints } from '../../../nodes/face/mesh-points.js'
import { MESH_PARTS } from '../../../nodes/face/mesh-regions.js'

const mesh = Float32Array.from({ length: 468 * 3 }, (_, i) => i)
const parts = MESH_PARTS.map(({ landmarks }, part) =>
  Float32Array.from({ length: landmarks.length * 2 }, (_, i) => -1000 * (part + 1) - i),
)

test('the parts of the mesh are as long as the outputs of the model and name each landmark once', () => {
  assert.deepEqual(
    MESH_PARTS.map(({ landmarks }) => landmarks.length * 2),
    [160, 142, 142, 10, 10],
  )
  for (const { landmarks } of MESH_PARTS) assert.equal(new Set(landmarks).size, landmarks.length)
  // Lips, eyes and irises do not share landmarks either, so that their order does not matter.
  const all = MESH_PARTS.flatMap(({ landmarks }) => landmarks)
  assert.equal(new Set(all).size, all.length)
})

test('joinMesh refines x and y, keeps the depth of the mesh, and gives irises that of their lids', () => {
  const points = joinMesh(mesh, parts)
  assert.equal(points.length, 478 * 3)
  assert.deepEqual([...points.slice(61 * 3, 61 * 3 + 3)], [-1000, -1001, 61 * 3 + 2])
  assert.deepEqual([...points.slice(1 * 3, 1 * 3 + 3)], [3, 4, 5])
  const depth = IMAGE_LEFT_EYE.reduce((sum, k) => sum + k * 3 + 2, 0) / IMAGE_LEFT_EYE.length
  assert.deepEqual([points[468 * 3], points[468 * 3 + 2]], [-4000, Math.fround(depth)])
})

test('placePoints scales depth as it scales the plane', () => {
  const placed = placePoints(Float32Array.of(96, 96, 10), cropToSquare({ centre: [50, 60], side: 384, turn: 1 }, 192))
  assert.deepEqual([...placed].map(Math.round), [50, 60, 20])
})

test('squareOfFace is half as large again as the box and turned by the line of the eyes', () => {
  const box = { x: 10, y: 20, width: 40, height: 60 }
  const square = squareOfFace({
    box,
    keypoints: [
      [10, 10],
      [20, 20],
    ],
    confidence: 1,
  })
  assert.deepEqual(square, { centre: [30, 50], side: 90, turn: Math.PI / 4 })
})

test('squareOfPoints turns with the points', () => {
  // All points on the middle but for the outer corners of the eyes, one right below the other: a head tilted by 90°.
  const points = new Float32Array(478 * 3).fill(100)
  points.set([100, 80, 0], 33 * 3)
  points.set([100, 120, 0], 263 * 3)
  const { centre, side, turn } = squareOfPoints(points)
  assert.deepEqual([Math.round(centre[0]), Math.round(centre[1]), Math.round(side)], [100, 100, 60])
  assert.ok(Math.abs(turn - Math.PI / 2) < 1e-6)
})
