import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaceDetect } from '../../../nodes/face/face-detect.js'
import { FaceMesh } from '../../../nodes/face/face-mesh.js'
import { shrinkPixels } from '../../../nodes/pixels.js'
import type { Image, FaceMesh as Mesh } from '../../../nodes/ports.js'
import { astronaut, mirrored, modelContext, with16Bits } from '../photos.js'

const photo = await astronaut()

async function meshOf(image: Image, context = modelContext()): Promise<Mesh> {
  const { faces } = await FaceDetect.run({ image }, context)
  return (await FaceMesh.run({ image, face: faces[0] }, context)).mesh
}

const place = ({ points }: Mesh, k: number) => [points[k * 3], points[k * 3 + 1]]

test('FaceMesh puts irises, nose, mouth and chin where they are', async () => {
  const mesh = await meshOf(photo)
  assert.equal(mesh.points.length, 478 * 3)
  assert.ok(mesh.confidence > 0.99)
  // Measured by hand in the picture eight times enlarged.
  const byHand = { 468: [202.8, 101], 473: [246.3, 103.4], 61: [203, 139.5], 291: [246, 141], 152: [221, 178] }
  for (const [k, [x, y]] of Object.entries(byHand)) {
    const [px, py] = place(mesh, Number(k))
    assert.ok(Math.hypot(px - x, py - y) < 2.5, `point ${k} at ${px}, ${py}`)
  }
})

test('FaceMesh reads a frontal head as frontal, slightly tilted, and its mirror image the other way', async () => {
  const [seen, mirror] = [(await meshOf(photo)).pose, (await meshOf(mirrored(photo))).pose]
  assert.ok(Math.abs(seen.yaw) < 6 && Math.abs(seen.pitch) < 14 && seen.roll > 1 && seen.roll < 7)
  assert.ok(Math.abs(seen.roll + mirror.roll) < 2 && Math.abs(seen.yaw + mirror.yaw) < 4)
  assert.ok(Math.abs(seen.pitch - mirror.pitch) < 4)
})

test('FaceMesh answers the same to the same picture, and to one of 16 bits', async () => {
  const mesh = await meshOf(photo)
  assert.deepEqual(await meshOf(photo), mesh)
  const sixteen = await meshOf(with16Bits(photo))
  mesh.points.forEach((value, i) => {
    assert.ok(Math.abs(value - sixteen.points[i]) < 0.02)
  })
})

test('FaceMesh warns of a face with few pixels', async () => {
  const context = modelContext()
  await meshOf(shrinkPixels(photo, 2), context)
  assert.match(context.warnings.join(), /smaller than 64 pixels/)
})

test('FaceMesh refuses a place without a face and says where it looked', async () => {
  const box = { x: 350, y: 150, width: 80, height: 80 }
  const keypoints = [
    [370, 170],
    [400, 170],
  ] as const
  const run = async () => FaceMesh.run({ image: photo, face: { box, keypoints, confidence: 1 } }, modelContext())
  await assert.rejects(run, /wanted a face at \(350, 150\), 80×80 pixels.*Pick another face/)
})
