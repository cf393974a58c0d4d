import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Values } from '../../../engine/port.js'
import { FacePick } from '../../../nodes/face/face-pick.js'
import type { Embedding, Face } from '../../../nodes/ports.js'
import { testContext } from '../context.js'

const face = (x: number, side: number): Face => ({
  box: { x, y: 0, width: side, height: side },
  keypoints: [],
  confidence: 0.9,
})
const faces = [face(50, 30), face(0, 20), face(90, 60)]
const person = (...vector: number[]): Embedding => ({ model: 'fr-feature', vector: Float32Array.from(vector) })

type Inputs = Values<typeof FacePick.inputs>
const defaults = { faces, rule: 'largest', index: undefined, embeddings: undefined, person: undefined } as const

async function pick(inputs: Partial<Inputs>) {
  const context = testContext()
  const { index, face } = await FacePick.run({ ...defaults, ...inputs }, context)
  assert.equal(face, (inputs.faces ?? faces)[index])
  return { index, warnings: context.warnings }
}

test('FacePick counts along its rule', async () => {
  assert.equal((await pick({})).index, 2)
  assert.equal((await pick({ index: 1 })).index, 0)
  assert.equal((await pick({ rule: 'left-most' })).index, 1)
  assert.equal((await pick({ rule: 'left-most', index: 2 })).index, 2)
  assert.equal((await pick({ rule: 'index', index: 0 })).index, 0)
})

test('FacePick warns when it had to choose, and only then', async () => {
  const { warnings } = await pick({})
  assert.match(warnings.join(), /shows 3 faces and the largest was picked\. Set "index"/)
  for (const chosen of [{ index: 0 }, { rule: 'left-most' as const }, { faces: faces.slice(0, 1) }])
    assert.deepEqual((await pick(chosen)).warnings, [])
})

test('FacePick refuses a face that is not there', async () => {
  await assert.rejects(pick({ index: 3 }), /from 0 to 2, for the picture shows 3, got 3/)
})

test('FacePick by likeness takes the face most like the person, and warns of strangers', async () => {
  const embeddings = [person(0, 1), person(1, 0), person(0.6, 0.8)]
  const like = await pick({ rule: 'likeness', embeddings, person: person(0.8, 0.6) })
  assert.deepEqual(like, { index: 2, warnings: [] })
  assert.equal((await pick({ rule: 'likeness', index: 1, embeddings, person: person(0.8, 0.6) })).index, 1)
  const stranger = await pick({ rule: 'likeness', embeddings, person: person(0, -1) })
  assert.match(stranger.warnings.join(), /probably not in the picture/)
})

test('FacePick by likeness says what is missing', async () => {
  await assert.rejects(pick({ rule: 'likeness' }), /got no "embeddings"/)
  await assert.rejects(pick({ rule: 'likeness', embeddings: [person(1)] }), /got no "person"/)
  const one = { rule: 'likeness', embeddings: [person(1)], person: person(1) } as const
  await assert.rejects(pick(one), /one for each of the 3 faces, got 1/)
})

test('FacePick asks for embeddings by likeness only', () => {
  assert.deepEqual(FacePick.needs?.({ rule: 'largest' }), [])
  assert.deepEqual(FacePick.needs?.({ rule: 'likeness' }), ['embeddings', 'person'])
})
