import { crc32, inflateSync } from 'node:zlib'
import { readExif, writeExif } from '../../nodes/image/exif.js'
import { joinPng, type PngChunk, splitPng } from '../../nodes/image/png-chunks.js'

/** What pixels and their colours depend on. Not APNG's further frames: the first is what a PNG decoder shows. */
const KEPT = new Set(['IHDR', 'PLTE', 'IDAT', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'cICP', 'mDCV', 'cLLI', 'sBIT', 'pHYs'])
/** A colour profile that unpacks to more is none. */
const PROFILE_BYTES = 8 << 20

/**
 * A PNG with its pixels, colours and orientation; without texts, times and what lies behind its end. Nothing if it is
 * not whole.
 */
export function cleanPng(bytes: Uint8Array): Uint8Array | undefined {
  const chunks = splitPng(bytes)
  const end = chunks.findIndex(({ type }) => type === 'IEND')
  const [header] = chunks
  if (end < 0 || header?.type !== 'IHDR') return undefined
  const own = chunks.slice(0, end).flatMap(keep)
  return own.every(chunk => isIntact(chunk)) ? joinPng([...own, { type: 'IEND', data: new Uint8Array() }]) : undefined
}

function keep(chunk: PngChunk): PngChunk[] {
  if (KEPT.has(chunk.type)) return [chunk]
  if (chunk.type === 'iCCP') return isProfile(chunk.data) ? [chunk] : []
  const orientation = chunk.type === 'eXIf' ? readExif(chunk.data).orientation : 1
  return orientation === 1 ? [] : [{ type: 'eXIf', data: writeExif({ texts: new Map(), orientation }) }]
}

/** Name, zero, method, and what must be small when unpacked, for a decoder unpacks it unasked. */
function isProfile(data: Uint8Array): boolean {
  const zero = data.subarray(0, 80).indexOf(0)
  try {
    return zero > 0 && inflateSync(data.subarray(zero + 2), { maxOutputLength: PROFILE_BYTES }).length > 0
  } catch {
    return false
  }
}

/** Whether the checksum behind a chunk is right; one that was written here has none behind it. */
function isIntact({ type, data }: PngChunk): boolean {
  if (type === 'eXIf') return true
  const { buffer, byteOffset, length } = data
  const written = Buffer.from(buffer, byteOffset - 4, length + 8)
  return crc32(written.subarray(0, length + 4)) === written.readUInt32BE(length + 4)
}
