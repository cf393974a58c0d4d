import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { frFeature } from '../../../models/embedder.js'
import { FaceDetect } from '../../../nodes/face/face-detect.js'
import { FaceMesh } from '../../../nodes/face/face-mesh.js'
import { alignedFace } from '../../../nodes/identity/align.js'
import { cosine, unitVector } from '../../../nodes/identity/cosine.js'
import { IdentityEmbed } from '../../../nodes/identity/identity-embed.js'
import { IdentityScore, verdictOf } from '../../../nodes/identity/identity-score.js'
import { PoseGap, poseGap } from '../../../nodes/identity/pose-gap.js'
import { samplePixels, shrinkPixels } from '../../../nodes/pixels.js'
import type { Embedding, Image } from '../../../nodes/ports.js'
import { testContext } from '../context.js'
import { astronaut, mirrored, modelContext, with16Bits } from '../photos.js'

const context = modelContext()
const photo = await astronaut()

async function identityOf(image: Image): Promise<Embedding> {
  const { faces } = await FaceDetect.run({ image }, context)
  const { mesh } = await FaceMesh.run({ image, face: faces[0] }, context)
  return (await IdentityEmbed.run({ image, mesh }, context)).embedding
}

const original = await identityOf(photo)

test('IdentityEmbed gives 512 numbers of unit length, the same each time', async () => {
  assert.deepEqual([original.model, original.vector.length], ['fr-feature', 512])
  assert.ok(Math.abs(original.vector.reduce((sum, value) => sum + value * value, 0) - 1) < 1e-5)
  assert.deepEqual(await identityOf(photo), original)
})

test('IdentityEmbed knows a person in a mirror, at another size, and in other light', async () => {
  const toPicture = [512 / 700, 0, 0, 0, 512 / 700, 0] as const
  const larger = Uint8Array.from(
    samplePixels(photo, { width: 700, height: 700, toPicture, border: 'clamp' }),
    Math.round,
  )
  const changed: Record<string, Image> = {
    mirrored: mirrored(photo),
    smaller: shrinkPixels(photo, 2),
    larger: { width: 700, height: 700, channels: 3, data: larger },
    brighter: { ...photo, data: photo.data.map(value => Math.min(255, value * 1.25)) as Uint8Array },
    darker: { ...photo, data: photo.data.map(value => value * 0.6) as Uint8Array },
  }
  for (const [name, image] of Object.entries(changed)) {
    const likeness = cosine(original, await identityOf(image))
    assert.ok(likeness >= 0.8, `${name}: ${likeness}`)
  }
})

test('IdentityEmbed sees the same person in 16 bits', async () => {
  assert.ok(cosine(original, await identityOf(with16Bits(photo))) > 0.999)
})

test('alignedFace lays the five points on the template, blue first', () => {
  // A face of the template's own shape, three times as large, in a picture of one colour.
  const points = new Float32Array(478 * 3)
  frFeature.landmarks.forEach((landmarks, i) => {
    const [x, y] = frFeature.template[i]
    for (const k of landmarks) points.set([x * 3 + 20, y * 3 + 40, 0], k * 3)
  })
  const image: Image = { width: 400, height: 420, channels: 3, data: new Uint8Array(400 * 420 * 3) }
  for (let i = 0; i < image.data.length; i += 3) image.data.set([255, 0, 0], i)
  // A white spot where the nose is.
  const [noseX, noseY] = frFeature.template[2].map((value, k) => Math.round(value * 3 + [20, 40][k]))
  for (let y = noseY - 6; y < noseY + 6; y++) image.data.fill(255, (y * 400 + noseX - 6) * 3, (y * 400 + noseX + 6) * 3)
  const planes = alignedFace(image, { points, pose: { yaw: 0, pitch: 0, roll: 0 }, confidence: 1 }, frFeature)
  const plane = 112 * 112
  const at = (channel: number, x: number, y: number) => planes[channel * plane + y * 112 + x]
  const blueGreenRed = [0, 1, 2].map(channel => at(channel, 5, 5) * 128)
  assert.deepEqual(blueGreenRed, [-127.5, -127.5, 127.5])
  const nose = frFeature.template[2].map(Math.floor)
  assert.ok(at(0, nose[0], nose[1]) > 0.9)
})

test('cosine is 1 of a person with himself, −1…1 of any two, and the same both ways', () => {
  const vector = fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 })
    .filter(values => Math.hypot(...values) > 1e-3)
    .map(values => ({ model: 'm', vector: unitVector(Float32Array.from(values)) }))
  fc.assert(
    fc.property(vector, vector, (a, b) => {
      assert.ok(Math.abs(cosine(a, a) - 1) < 1e-5)
      assert.ok(Math.abs(cosine(a, b)) <= 1)
      assert.equal(cosine(a, b), cosine(b, a))
    }),
  )
})

test('unitVector refuses what has no direction', () => {
  assert.throws(() => unitVector(new Float32Array(4)), /not all zero/)
  assert.throws(() => unitVector(Float32Array.of(1, Number.NaN)), /finite/)
})

test('IdentityScore says same person, unsure or different, by the bands of the model', async () => {
  const score = await IdentityScore.run({ a: original, b: original }, testContext())
  assert.deepEqual([Math.round(score.score * 1e4), score.verdict, score.model], [1e4, 'same person', 'fr-feature'])
  const bands = { same: 0.45, unsure: 0.3 }
  assert.deepEqual(
    [0.45, 0.4499, 0.3, 0.2999, -1].map(value => verdictOf(value, bands)),
    ['same person', 'unsure', 'unsure', 'different', 'different'],
  )
})

test('IdentityScore refuses embeddings of two models, and of one that nobody measured', async () => {
  const run = async (a: Embedding, b: Embedding) => IdentityScore.run({ a, b }, testContext())
  await assert.rejects(run(original, { ...original, model: 'other' }), /"fr-feature".*"other".*same IdentityEmbed/)
  const other = { ...original, model: 'other' }
  await assert.rejects(run(other, other), /known for "fr-feature", got "other"/)
})

test('PoseGap is how much further b is turned, the short way round', async () => {
  const pose = { yaw: -10, pitch: 5, roll: 175 }
  assert.deepEqual(poseGap(pose, { yaw: 20, pitch: 5, roll: -175 }), { yaw: 30, pitch: 0, roll: 10 })
  const mesh = { points: new Float32Array(0), confidence: 1, pose }
  assert.deepEqual(await PoseGap.run({ a: mesh, b: mesh }, testContext()), { yaw: 0, pitch: 0, roll: 0 })
})
