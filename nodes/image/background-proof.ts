import { createHash } from 'node:crypto'
import { defineNode } from '../../engine/node.js'
import { list, optional, port } from '../../engine/port.js'
import { type Image, image, mask, region } from '../ports.js'
import { type Layer, layersOf } from './layers.js'

/** What became of the pixels that no mask covers. */
export interface Proof {
  /** Pixels where every mask is 0. */
  readonly pixelsOutside: number
  /** How many of them have another sample in the result. */
  readonly pixelsChanged: number
  /** SHA-256 over the samples of those pixels, rows from the top; 16-bit samples as little-endian bytes. */
  readonly sha256Reference: string
  readonly sha256Result: string
}

/**
 * Counts and hashes what lies outside the masks, in the photo and in the result. It shares no loop with ImageComposite,
 * for a proof by the code that is to be proved would prove nothing.
 */
export const BackgroundProof = defineNode({
  type: 'BackgroundProof',
  version: 1,
  category: 'image',
  description: 'Proves that the result is the reference outside the masks: pixels, how many differ, and both hashes.',
  lane: 'cpu',
  sink: true,
  inputs: {
    reference: image('The photo as it was'),
    result: image('The photo as it is now'),
    mask: list(mask('What was allowed to change: above 0')),
    region: optional(list(region('Where each mask lies; without it each covers the whole photo'))),
  },
  outputs: { proof: port<Proof>('PROOF', { hint: 'pixelsOutside, pixelsChanged, sha256Reference, sha256Result' }) },
  run({ reference, result, mask, region }, context) {
    refuseUnlike(reference, result)
    const covered = coverage(reference, layersOf(reference, { mask, region }))
    context.progress(1, 2)
    return { proof: compare(reference, result, covered) }
  },
})

function refuseUnlike(reference: Image, result: Image): void {
  const form = ({ width, height, channels, data }: Image) =>
    `${width} × ${height}, ${channels} channels of ${data.BYTES_PER_ELEMENT * 8} bits`
  if (form(reference) === form(result)) return
  throw new Error(
    `BackgroundProof compares pictures of one form: the reference has ${form(reference)}, the result ${form(result)}; link the picture before it is resized or converted.`,
  )
}

/** 1 for each pixel that a mask covers, however faintly. */
function coverage({ width, height }: Image, layers: readonly Layer[]): Uint8Array {
  const covered = new Uint8Array(width * height)
  for (const { mask, region } of layers) {
    for (let y = 0; y < region.height; y++) {
      const row = covered.subarray((region.y + y) * width + region.x)
      const values = mask.data.subarray(y * region.width, (y + 1) * region.width)
      for (let x = 0; x < values.length; x++) if (values[x] !== 0) row[x] = 1
    }
  }
  return covered
}

/** Goes through the uncovered pixels stretch by stretch: most of a photo is a few long ones a row. */
function compare(reference: Image, result: Image, covered: Uint8Array): Proof {
  const [before, after] = [bytesOf(reference), bytesOf(result)]
  const [hashBefore, hashAfter] = [createHash('sha256'), createHash('sha256')]
  const pixel = reference.channels * reference.data.BYTES_PER_ELEMENT
  let [pixelsOutside, pixelsChanged] = [0, 0]
  for (let from = covered.indexOf(0); from >= 0; ) {
    const next = covered.indexOf(1, from)
    // At most 1 MB at a time, so that the bytes are still in the processor's cache for all three readers.
    const end = Math.min(next < 0 ? covered.length : next, from + 131_072)
    const [a, b] = [before, after].map(bytes => bytes.subarray(from * pixel, end * pixel))
    hashBefore.update(a)
    hashAfter.update(b)
    pixelsOutside += end - from
    if (!a.equals(b)) pixelsChanged += countChanged(a, b, pixel)
    from = covered.indexOf(0, end)
  }
  return {
    pixelsOutside,
    pixelsChanged,
    sha256Reference: hashBefore.digest('hex'),
    sha256Result: hashAfter.digest('hex'),
  }
}

const bytesOf = ({ data }: Image) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

function countChanged(a: Buffer, b: Buffer, pixel: number): number {
  let changed = 0
  for (let at = 0; at < a.length; at += pixel) if (a.compare(b, at, at + pixel, at, at + pixel) !== 0) changed++
  return changed
}
