import { readExif, writeExif } from '../../nodes/image/exif.js'
import { hasName, insertSegments, type JpegSegment, joinJpeg, splitJpeg } from '../../nodes/image/jpeg-segments.js'

const EXIF_NAME = 'Exif\0\0'
const JFIF_NAME = 'JFIF\0'
/** Of JFIF's segment: name, version, density, and the size of a thumbnail. */
const JFIF_BYTES = 14

/**
 * A JPEG with the segments that its pixels depend on, its colour profile and its orientation; without all else that it
 * carries before, between and behind its scans. Nothing if it is not whole.
 */
export function cleanJpeg(bytes: Uint8Array): Uint8Array | undefined {
  const parts = splitJpeg(bytes)
  const scans = parts && cleanScans(parts.scans)
  if (!scans) return undefined
  const exif = parts.segments.find(segment => hasName(segment, 0xe1, EXIF_NAME))
  const orientation = exif ? readExif(exif.data).orientation : 1
  const kept = { segments: parts.segments.flatMap(keep), scans }
  return joinJpeg(orientation === 1 ? kept : insertSegments(kept, [orientationSegment(orientation)]))
}

function keep(segment: JpegSegment): JpegSegment[] {
  const { marker, data } = segment
  // Not its thumbnail, which shows the picture as it was before it was cropped.
  if (hasName(segment, 0xe0, JFIF_NAME) && data.length >= JFIF_BYTES)
    return [{ marker, data: Buffer.concat([data.subarray(0, JFIF_BYTES - 2), Uint8Array.of(0, 0)]) }]
  // Adobe's says how the samples are to be read as colours.
  if (hasName(segment, 0xee, 'Adobe') || hasName(segment, 0xe2, 'ICC_PROFILE\0')) return [segment]
  return isTalk(marker) ? [] : [segment]
}

/** APPn and COM: said about the picture, not needed to decode it. */
const isTalk = (marker: number) => (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe

const orientationSegment = (orientation: number): JpegSegment => ({
  marker: 0xe1,
  data: Buffer.concat([Buffer.from(EXIF_NAME, 'latin1'), writeExif({ texts: new Map(), orientation })]),
})

/** From the first scan to the end mark: phones put whole pictures and films behind it, each with its own GPS. */
function cleanScans(bytes: Uint8Array): Uint8Array | undefined {
  const kept: Uint8Array[] = []
  let at = 0
  while (at + 2 <= bytes.length) {
    const marker = bytes[at + 1]
    if (marker === 0xd9) return Buffer.concat([...kept, bytes.subarray(at, at + 2)])
    if (marker === 0xff) {
      at++
      continue
    }
    const start = at
    const length = (bytes[at + 2] << 8) | bytes[at + 3]
    // A file that is cut off inside its segments has no such length.
    if (!(length >= 2)) return undefined
    at += 2 + length
    if (marker === 0xda) at = nextMarker(bytes, at)
    if (!isTalk(marker)) kept.push(bytes.subarray(start, at))
  }
  return undefined
}

/** Where the coded samples end: at a marker that is neither a stuffed 0xFF nor one of the restarts within. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at
  }
  return bytes.length
}
