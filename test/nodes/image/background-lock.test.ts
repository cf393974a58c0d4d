import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import sharp from 'sharp'
import { BackgroundProof } from '../../../nodes/image/background-proof.js'
import { decodeImage } from '../../../nodes/image/decode.js'
import { ImageComposite } from '../../../nodes/image/image-composite.js'
import { LoadImage } from '../../../nodes/image/load-image.js'
import { SaveImage } from '../../../nodes/output/save-image.js'
import type { Image, Mask } from '../../../nodes/ports.js'
import { testContext } from '../context.js'
import { noise, randomFrom, spots } from './pictures.js'

/** SHA-256 over the samples of one picture where a mask is 0: written anew here, so that no code proves itself. */
function hashOutside({ data, channels }: Image, mask: Mask): string {
  const kept: number[] = []
  for (let i = 0; i < mask.data.length; i++)
    if (mask.data[i] === 0) kept.push(...data.subarray(i * channels, (i + 1) * channels))
  return hash('sha256', JSON.stringify(kept), 'hex')
}

/** A file of noise: RGB, RGBA, grey or grey with alpha, 8 or 16 bits. */
async function file(width: number, height: number, kind: number, random: () => number): Promise<Uint8Array> {
  const channels = ((kind % 4) + 1) as 1 | 2 | 3 | 4
  const deep = kind >= 4
  const data = deep ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels)
  data.forEach((_, i) => {
    data[i] = random() * (deep ? 65536 : 256)
  })
  const space = channels < 3 ? (deep ? 'grey16' : 'b-w') : deep ? 'rgb16' : 'srgb'
  return sharp(data, { raw: { width, height, channels } }).toColourspace(space).png().toBuffer()
}

/*  LoadImage ──► ImageComposite ──► SaveImage ──► decode
                    ▲ 100 random masks, sizes not divisible by 8          */
test('every sample where the mask is 0 comes through load, composite, save and decode as it was', async () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = randomFrom(seed)
    const [width, height] = [9 + Math.floor(random() * 40), 9 + Math.floor(random() * 40)].map(n => n | 1)
    const original = await file(width, height, seed % 8, random)
    const context = testContext({ artifacts: new Map([['photo', original]]) })
    const { image: background } = await LoadImage.run({ image: 'photo' }, context)
    const form = { width, height, channels: random() > 0.5 ? 3 : 4, deep: random() > 0.5 } as const
    const mask = spots(width, height, random)
    const inputs = { background, foreground: [noise(form, random)], mask: [mask], region: undefined }
    const { image } = await ImageComposite.run(inputs, context)
    const { file: saved } = await SaveImage.run({ image, name: 'x', format: 'png', quality: 90 }, context)
    const result = await decodeImage(await context.read(saved.artifact))
    const before = await decodeImage(original)
    assert.equal(hashOutside(result, mask), hashOutside(before, mask), `seed ${seed}`)
    assert.notDeepEqual(result.data, before.data, `seed ${seed}: the foreground is not there`)
    const { proof } = await BackgroundProof.run({ reference: before, result, mask: [mask], region: undefined }, context)
    assert.equal(proof.pixelsChanged, 0)
    assert.equal(proof.pixelsOutside, mask.data.filter(value => value === 0).length)
    assert.equal(proof.sha256Reference, proof.sha256Result)
  }
})

test('BackgroundProof counts each changed pixel once and hashes what differs differently', async () => {
  for (const deep of [false, true]) {
    const reference = noise({ width: 31, height: 17, channels: 4, deep })
    const result = { ...reference, data: reference.data.slice() }
    const mask = { width: 5, height: 4, data: new Float32Array(20) }
    mask.data[7] = 1e-6
    const region = { x: 3, y: 2, width: 5, height: 4 }
    const covered = (region.y + 1) * 31 + region.x + 2
    for (const pixel of [0, 100, 31 * 17 - 1, covered]) {
      result.data[pixel * 4] ^= 1
      result.data[pixel * 4 + 3] ^= 1
    }
    const inputs = { reference, result, mask: [mask], region: [region] }
    const { proof } = await BackgroundProof.run(inputs, testContext())
    assert.equal(proof.pixelsOutside, 31 * 17 - 1)
    assert.equal(proof.pixelsChanged, 3)
    assert.notEqual(proof.sha256Reference, proof.sha256Result)
  }
})

test('BackgroundProof hashes the plain bytes of the samples outside', async () => {
  const reference = noise({ width: 400, height: 700 })
  const mask = spots(400, 700, randomFrom(2))
  const outside = Buffer.from(reference.data.filter((_, i) => mask.data[Math.floor(i / 3)] === 0))
  const { proof } = await BackgroundProof.run(
    { reference, result: reference, mask: [mask], region: undefined },
    testContext(),
  )
  assert.equal(proof.sha256Reference, hash('sha256', outside, 'hex'))
})

test('BackgroundProof refuses pictures that cannot be compared', () => {
  const reference = noise({ width: 4, height: 4 })
  const result = noise({ width: 4, height: 4, channels: 4 })
  const inputs = { reference, result, mask: [], region: undefined }
  assert.throws(
    () => BackgroundProof.run(inputs, testContext()),
    /4 × 4, 3 channels of 8 bits, the result 4 × 4, 4 channels/,
  )
})
