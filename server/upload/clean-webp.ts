import { readExif, writeExif } from '../../nodes/image/exif.js'
import { extendWebp, joinWebp, splitWebp } from '../../nodes/image/webp-chunks.js'

const KEPT = new Set(['ICCP', 'ALPH', 'VP8 ', 'VP8L'])

/**
 * A WebP with its pixels, colour profile and orientation, and without all else. Nothing for an animation, whose frames
 * may each be a part of the picture, and for a file that is not whole.
 */
export function cleanWebp(bytes: Uint8Array): Uint8Array | undefined {
  const length = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32LE(4) + 8
  const chunks = splitWebp(bytes.subarray(0, length))
  const kept = chunks.filter(({ type }) => KEPT.has(type))
  const isStill = kept.some(({ type }) => type === 'VP8 ' || type === 'VP8L')
  if (length > bytes.length || !isStill || chunks.some(({ type }) => type === 'ANMF')) return undefined
  const exif = chunks.find(({ type }) => type === 'EXIF')
  const orientation = exif ? readExif(exif.data).orientation : 1
  const added = orientation === 1 ? [] : [{ type: 'EXIF', data: writeExif({ texts: new Map(), orientation }) }]
  // Joined without the old header, whose flags would announce what is not there any more.
  const plain = joinWebp(kept)
  return kept.length + added.length > 1 ? extendWebp(plain, added) : plain
}
