import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { collect } from '../../models/collect.js'
import { faceGeometry, parseFaceGeometry } from '../../models/face-geometry.js'

before(() => collect())

const noseTip = 1
const chin = 152
const imageLeftEye = 33
const imageRightEye = 263

test('the canonical face looks at the camera, upright, in centimetres', async () => {
  const { points } = await faceGeometry()
  const at = (index: number) => [...points.subarray(index * 3, index * 3 + 3)] as [number, number, number]
  assert.equal(points.length, 468 * 3)
  assert.ok(at(imageLeftEye)[0] < 0 && at(imageRightEye)[0] > 0, 'x to the right')
  assert.ok(at(chin)[1] < at(noseTip)[1] && at(noseTip)[1] < at(imageLeftEye)[1], 'y up')
  assert.ok(at(noseTip)[2] > at(imageLeftEye)[2], 'z towards the camera')
  const outerEyes = at(imageRightEye)[0] - at(imageLeftEye)[0]
  assert.ok(outerEyes > 8 && outerEyes < 10, `${outerEyes} cm between the outer corners of the eyes`)
})

test('its triangles cover the front of the face, counter-clockwise', async () => {
  const { points, triangles } = await faceGeometry()
  assert.equal(triangles.length, 898 * 3)
  assert.ok(triangles.every(index => index < 468))
  const x = (corner: number) => points[(triangles[corner] ?? 0) * 3] ?? 0
  const y = (corner: number) => points[(triangles[corner] ?? 0) * 3 + 1] ?? 0
  const area = (a: number) => (x(a + 1) - x(a)) * (y(a + 2) - y(a)) - (y(a + 1) - y(a)) * (x(a + 2) - x(a))
  const front = Array.from({ length: 898 }, (_, index) => area(index * 3)).filter(each => each > 0)
  assert.ok(front.length > 880, `${front.length} of 898 look at the camera`)
})

test('a pose is fitted by 33 weighted landmarks', async () => {
  const { procrustes } = await faceGeometry()
  assert.equal(procrustes.length, 33)
  assert.equal(new Set(procrustes.map(([landmark]) => landmark)).size, 33)
  assert.ok(procrustes.every(([landmark, weight]) => landmark < 468 && weight > 0 && weight < 1))
})

test('a file without a mesh is refused', () => {
  assert.throws(() => parseFaceGeometry(new Uint8Array()), /must have 468 points and 898 triangles, got 0 and 0\./)
})
