import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { packageRoot } from '../../engine/root.js'
import { collect } from '../../models/collect.js'
import { frFeature } from '../../models/embedder.js'
import type { Sessions, Tensor } from '../../models/session.js'
import { openSessions } from '../../models/session.js'
import { formulaFace } from './formula-face.js'

interface Golden {
  readonly length: number
  /** Every so many numbers one was kept. */
  readonly step: number
  /** The largest of all, without its sign. */
  readonly largest: number
  readonly values: readonly number[]
}

/** Differences allowed, as a share of an output's largest number; LiteRT and ONNX Runtime add up in other orders. */
const tolerance = 1e-5

let folder: string
let sessions: Sessions

before(async () => {
  await collect()
  folder = await mkdtemp(join(tmpdir(), 'portrait-golden-'))
  sessions = openSessions({ folder, device: 'cpu', log: () => undefined })
})

after(async () => {
  await sessions.close()
  await rm(folder, { recursive: true })
})

async function answersAsGolden(model: string, input: Tensor): Promise<void> {
  const fixture = join(packageRoot(), 'test/fixtures/models', `${model}.json`)
  const goldens = JSON.parse(readFileSync(fixture, 'utf8')) as Record<string, Golden>
  const session = await sessions.get(model)
  const outputs = await session.run({ [session.inputs[0] ?? '']: input })
  assert.deepEqual(Object.keys(outputs).sort(), Object.keys(goldens).sort())
  for (const [name, { length, step, largest, values }] of Object.entries(goldens)) {
    const data = outputs[name]?.data ?? new Float32Array()
    assert.equal(data.length, length, name)
    const worst = Math.max(...values.map((value, index) => Math.abs(value - (data[index * step] ?? Number.NaN))))
    assert.ok(worst <= tolerance * largest, `${name} differs by ${worst} of ${largest}`)
  }
}

/** [1,n,n,3] of the formula face, each byte through `sample`. */
const channelsLast = (n: number, sample: (byte: number) => number): Tensor => ({
  dims: [1, n, n, 3],
  data: Float32Array.from(formulaFace(n), sample),
})

const signed = (byte: number) => byte / 127.5 - 1
const unsigned = (byte: number) => byte / 255

test('face-detection-short answers as in LiteRT', () =>
  answersAsGolden('face-detection-short', channelsLast(128, signed)))

test('face-detection-full answers as in LiteRT', () =>
  answersAsGolden('face-detection-full', channelsLast(192, signed)))

test('selfie-segmentation answers as in LiteRT', () =>
  answersAsGolden('selfie-segmentation', channelsLast(256, unsigned)))

test('face-mesh answers as LiteRT with the landmark operators of MediaPipe in numpy', () =>
  answersAsGolden('face-mesh', channelsLast(192, unsigned)))

test('fr-feature without its tiny weights answers as the untouched file in Python', () => {
  const { size, mean, scale } = frFeature
  const face = formulaFace(size)
  // [1,3,112,112], blue first.
  const data = Float32Array.from({ length: face.length }, (_, index) => {
    const [channel, pixel] = [Math.floor(index / (size * size)), index % (size * size)]
    return ((face[pixel * 3 + 2 - channel] ?? 0) - mean) / scale
  })
  return answersAsGolden(frFeature.model, { dims: [1, 3, size, size], data })
})
