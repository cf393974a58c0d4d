import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaceDetect } from '../../../nodes/face/face-detect.js'
import { FaceMesh } from '../../../nodes/face/face-mesh.js'
import { FaceParse } from '../../../nodes/face/face-parse.js'
import type { Mask } from '../../../nodes/ports.js'
import { astronaut, canvas, modelContext, with16Bits } from '../photos.js'

const context = modelContext()
const photo = await astronaut()
const { faces } = await FaceDetect.run({ image: photo }, context)
const { mesh } = await FaceMesh.run({ image: photo, face: faces[0] }, context)
const masks = await FaceParse.run({ image: photo, mesh: [mesh] }, context)

const at = ({ data, width }: Mask, x: number, y: number) => data[y * width + x]

test('FaceParse tells face, hair, clothes and background apart', () => {
  const places = [
    { name: 'cheek', x: 200, y: 125, face: 1, hair: 0, person: 1 },
    { name: 'chin', x: 222, y: 170, face: 1, hair: 0, person: 1 },
    { name: 'brow', x: 205, y: 91, face: 1, hair: 0, person: 1 },
    { name: 'crown', x: 225, y: 40, face: 0, hair: 1, person: 1 },
    { name: 'hair at the side', x: 168, y: 80, face: 0, hair: 1, person: 1 },
    { name: 'neck', x: 220, y: 184, face: 0, hair: 0, person: 1 },
    { name: 'suit', x: 100, y: 340, face: 0, hair: 0, person: 1 },
    { name: 'wall', x: 330, y: 60, face: 0, hair: 0, person: 0 },
    { name: 'flag', x: 30, y: 60, face: 0, hair: 0, person: 0 },
  ]
  for (const { name, x, y, ...wanted } of places)
    for (const part of ['face', 'hair', 'person'] as const) {
      const value = at(masks[part], x, y)
      assert.ok(Math.abs(value - wanted[part]) < 0.35, `${part} of the ${name} is ${value}`)
    }
})

test('FaceParse gives masks of the size of the picture, 0…1, soft between, and exactly 0 far away', () => {
  for (const mask of Object.values(masks)) {
    assert.deepEqual([mask.width, mask.height, mask.data.length], [512, 512, 512 * 512])
    assert.ok(mask.data.every(value => value >= 0 && value <= 1))
    assert.ok(mask.data.some(value => value > 0.2 && value < 0.8))
  }
  assert.ok(masks.face.data.subarray(300 * 512).every(value => value === 0))
})

test('FaceParse counts no pixel twice as face and hair', () => {
  masks.face.data.forEach((value, i) => {
    assert.ok(value + masks.hair.data[i] < 1.25)
  })
})

test('FaceParse finds the faces itself when it is given none', async () => {
  const own = await FaceParse.run({ image: photo, mesh: undefined }, context)
  assert.deepEqual(own.face.data, masks.face.data)
})

test('FaceParse answers the same to 16 bits', async () => {
  const sixteen = await FaceParse.run({ image: with16Bits(photo), mesh: [mesh] }, context)
  masks.face.data.forEach((value, i) => {
    assert.ok(Math.abs(value - sixteen.face.data[i]) < 0.02)
  })
})

test('FaceParse warns of a picture without a face and gives empty masks', async () => {
  const alone = modelContext()
  const { face, hair } = await FaceParse.run({ image: canvas(300, 200), mesh: undefined }, alone)
  assert.match(alone.warnings.join(), /finds no face/)
  assert.ok([...face.data, ...hair.data].every(value => value === 0))
})
