import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fullRange, shortRange } from '../../../nodes/face/anchors.js'
import { placeFace, readDetections } from '../../../nodes/face/detections.js'
import { intersectionOverUnion, mergeOverlapping } from '../../../nodes/face/nms.js'
import { overlappingTiles, seenWhole, wholeTile } from '../../../nodes/face/tiles.js'
import type { Box, Face } from '../../../nodes/ports.js'

const faceAt = (x: number, y: number, side: number, confidence: number): Face => ({
  box: { x, y, width: side, height: side },
  keypoints: [[x, y]],
  confidence,
})

test('anchors are as many as the answers of the models, row by row over the square', () => {
  const [full, short] = [fullRange().anchors, shortRange().anchors]
  assert.equal(full.length, 2304 * 2)
  assert.equal(short.length, 896 * 2)
  assert.deepEqual([...full.slice(0, 4)], [...Float32Array.of(0.5 / 48, 0.5 / 48, 1.5 / 48, 0.5 / 48)])
  // Two at each of 16 × 16 places, then six at each of 8 × 8.
  assert.deepEqual([...short.slice(0, 4)], [0.5 / 16, 0.5 / 16, 0.5 / 16, 0.5 / 16])
  assert.deepEqual([...short.slice(1024, 1026)], [0.5 / 8, 0.5 / 8])
})

test('readDetections measures from the anchor in sizes of the crop and drops the unsure', () => {
  const detector = { ...shortRange(), size: 100, anchors: Float32Array.of(0.5, 0.5, 0.25, 0.25) }
  const values = new Float32Array(32)
  values.set([10, -10, 20, 40, 5, 6])
  const [face, ...others] = readDetections(detector, values, Float32Array.of(2, -2))
  assert.equal(others.length, 0)
  assert.ok(Math.abs(face.confidence - 1 / (1 + Math.exp(-2))) < 1e-6)
  const { x, y, width, height } = face.box
  for (const [got, wanted] of [
    [x, 0.5],
    [y, 0.2],
    [width, 0.2],
    [height, 0.4],
    [face.keypoints[0][0], 0.55],
  ])
    assert.ok(Math.abs(got - wanted) < 1e-6, `${got} is not ${wanted}`)
  assert.equal(face.keypoints.length, 6)
})

test('placeFace moves box and keypoints alike', () => {
  const placed = placeFace(faceAt(0.1, 0.2, 0.5, 0.9), 200, 10, 20)
  assert.deepEqual(placed.box, { x: 30, y: 60, width: 100, height: 100 })
  assert.deepEqual(placed.keypoints, [[30, 60]])
})

test('mergeOverlapping takes the weighted mean of those that overlap and leaves the others', () => {
  const merged = mergeOverlapping([faceAt(0, 0, 10, 0.6), faceAt(2, 0, 10, 0.9), faceAt(100, 0, 10, 0.7)])
  assert.equal(merged.length, 2)
  assert.equal(merged[0].confidence, 0.9)
  assert.ok(Math.abs(merged[0].box.x - (2 * 0.9) / 1.5) < 1e-9)
  assert.deepEqual(merged[1].box, faceAt(100, 0, 10, 0.7).box)
})

test('intersectionOverUnion is 1 of a box with itself and 0 of boxes apart', () => {
  const box = { x: 3, y: 4, width: 5, height: 6 }
  assert.equal(intersectionOverUnion(box, box), 1)
  assert.equal(intersectionOverUnion(box, { ...box, x: 8 }), 0)
})

test('every box of a third of a tile is seen whole by some tile, at the border of the picture too', () => {
  const size = fc.integer({ min: 60, max: 900 })
  const part = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(size, size, part, part, (width, height, atX, atY) => {
      const side = Math.max(width, height) / 2
      const box: Box = { x: 0, y: 0, width: side * 0.3, height: side * 0.3 }
      const placed = { ...box, x: atX * (width - box.width), y: atY * (height - box.height) }
      const tiles = overlappingTiles({ width, height }, side)
      assert.ok(tiles.some(tile => isInside(placed, tile) && seenWhole(placed, tile, { width, height })))
    }),
  )
})

const isInside = (box: Box, { x, y, side }: { x: number; y: number; side: number }) =>
  box.x >= x - 1e-6 &&
  box.y >= y - 1e-6 &&
  box.x + box.width <= x + side + 1e-6 &&
  box.y + box.height <= y + side + 1e-6

test('a box that a tile cuts is not seen whole, one at the border of the picture is', () => {
  const size = { width: 200, height: 200 }
  const tile = { x: 0, y: 0, side: 100 }
  assert.equal(seenWhole({ x: 80, y: 20, width: 20, height: 20 }, tile, size), false)
  assert.equal(seenWhole({ x: 0, y: 20, width: 20, height: 20 }, tile, size), true)
})

test('wholeTile holds the picture in its middle', () => {
  assert.deepEqual(wholeTile({ width: 300, height: 100 }), { x: 0, y: -100, side: 300 })
})
