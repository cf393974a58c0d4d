import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaceDetect } from '../../../nodes/face/face-detect.js'
import { shrinkPixels } from '../../../nodes/pixels.js'
import type { Box, Face, Image } from '../../../nodes/ports.js'
import { astronaut, canvas, cut, mirrored, modelContext, paste, with16Bits } from '../photos.js'

const context = modelContext()
const photo = await astronaut()
const facesOf = async (image: Image): Promise<readonly Face[]> => (await FaceDetect.run({ image }, context)).faces

/** Where the face is, measured by hand: forehead to chin, ear to ear, give or take a tenth of the face. */
const byHand: Box = { x: 173, y: 68, width: 106, height: 106 }

const isNear = (box: Box, wanted: Box, tolerance: number) =>
  (['x', 'y', 'width', 'height'] as const).every(side => Math.abs(box[side] - wanted[side]) <= tolerance)

function assertNear(box: Box, wanted: Box, tolerance = 11): void {
  assert.ok(isNear(box, wanted, tolerance), `${JSON.stringify(box)} is not ${JSON.stringify(wanted)}`)
}

test('FaceDetect finds the one face of a photo, with its eyes, nose and mouth', async () => {
  const { faces, count } = await FaceDetect.run({ image: photo }, context)
  assert.equal(count, 1)
  assertNear(faces[0].box, byHand)
  assert.ok(faces[0].confidence > 0.8)
  const byHandPoints = [
    [203, 101],
    [246, 103],
    [224, 130],
    [223, 147],
  ]
  byHandPoints.forEach(([x, y], k) => {
    const [px, py] = faces[0].keypoints[k]
    assert.ok(Math.hypot(px - x, py - y) < 6, `keypoint ${k} at ${px}, ${py}`)
  })
})

test('FaceDetect answers the same to the same picture, and to one of 16 bits', async () => {
  const faces = await facesOf(photo)
  assert.deepEqual(await facesOf(photo), faces)
  assertNear((await facesOf(with16Bits(photo)))[0].box, faces[0].box, 0.01)
})

test('FaceDetect finds two faces side by side, the larger first', async () => {
  const head = cut(photo, 120, 0, 220, 240)
  const small = mirrored(shrinkPixels(photo, 2))
  const faces = await facesOf(paste(paste(canvas(640, 360), small, 10, 60), head, 360, 60))
  assert.equal(faces.length, 2)
  assertNear(faces[0].box, { x: 360 + 53, y: 60 + 68, width: 106, height: 106 })
  assertNear(faces[1].box, { x: 10 + 256 - 139, y: 60 + 34, width: 53, height: 53 }, 8)
})

test('FaceDetect finds a face that fills the picture', async () => {
  const [face] = await facesOf(cut(photo, 165, 55, 125, 130))
  assertNear(face.box, { x: 8, y: 13, width: 106, height: 106 }, 14)
})

test('FaceDetect finds a face of a fortieth of the picture by looking closer', async () => {
  const picture = paste(canvas(2000, 1500), shrinkPixels(photo, 2), 1620, 1100)
  const faces = await facesOf(picture)
  assert.equal(faces.length, 1)
  assertNear(faces[0].box, { x: 1620 + 87, y: 1100 + 34, width: 53, height: 53 }, 8)
})

test('FaceDetect says what to do when there is no face', async () => {
  const room = cut(photo, 330, 20, 180, 250)
  await assert.rejects(async () => facesOf(room), /180×250 pixels in which it finds none\. Use a picture/)
  await assert.rejects(async () => facesOf(canvas(1, 1)), /finds none/)
})
