/** A marker segment of a JPEG file before its first scan: 0xE1 for APP1 and so on, without the length. */
export interface JpegSegment {
  readonly marker: number
  readonly data: Uint8Array
}

/** What a JPEG is made of: segments, then everything from the first scan on, untouched. */
export interface JpegParts {
  readonly segments: readonly JpegSegment[]
  readonly scans: Uint8Array
}

/** The most a segment can hold: its length is a 16-bit number that counts itself. */
export const SEGMENT_BYTES = 65_533

/** Takes a file apart at its markers; undefined when it is not whole up to the first scan. */
export function splitJpeg(bytes: Uint8Array): JpegParts | undefined {
  const segments: JpegSegment[] = []
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]
    // A marker may be preceded by any number of 0xFF.
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === 0xda) return { segments, scans: bytes.subarray(at) }
    const length = (bytes[at + 2] << 8) | bytes[at + 3]
    if (length < 2 || at + 2 + length > bytes.length) return undefined
    segments.push({ marker, data: bytes.subarray(at + 4, at + 2 + length) })
    at += 2 + length
  }
  return undefined
}

/** Puts a file together again. @throws for a segment that is longer than its length field can say. */
export function joinJpeg({ segments, scans }: JpegParts): Uint8Array {
  const framed = segments.flatMap(({ marker, data }) => {
    if (data.length > SEGMENT_BYTES) throw new Error(`A JPEG segment holds ${SEGMENT_BYTES} bytes, got ${data.length}.`)
    const length = data.length + 2
    return [Uint8Array.of(0xff, marker, length >> 8, length & 0xff), data]
  })
  return Buffer.concat([Uint8Array.of(0xff, 0xd8), ...framed, scans])
}

/** Puts segments where they are looked for: after JFIF's APP0, before everything else. */
export function insertSegments(parts: JpegParts, added: readonly JpegSegment[]): JpegParts {
  const first = parts.segments.findIndex(({ marker }) => marker !== 0xe0)
  const at = first < 0 ? parts.segments.length : first
  return { ...parts, segments: [...parts.segments.slice(0, at), ...added, ...parts.segments.slice(at)] }
}

/** Whether a segment is an APPn of a given name, which its data begin with. */
export const hasName = ({ marker, data }: JpegSegment, wanted: number, name: string): boolean =>
  marker === wanted && Buffer.from(data.subarray(0, name.length)).toString('latin1') === name

const ICC_NAME = 'ICC_PROFILE\0'
const ICC_PART = SEGMENT_BYTES - ICC_NAME.length - 2

/** The APP2 segments of a colour profile, numbered from 1. Source: ICC.1:2022, B.4. @throws above 255 segments. */
export function iccSegments(icc: Uint8Array): JpegSegment[] {
  const count = Math.ceil(icc.length / ICC_PART)
  if (count > 255) throw new Error(`A JPEG holds a colour profile of ${255 * ICC_PART} bytes, got ${icc.length}.`)
  return Array.from({ length: count }, (_, i) => ({
    marker: 0xe2,
    data: Buffer.concat([
      Buffer.from(ICC_NAME, 'latin1'),
      Uint8Array.of(i + 1, count),
      icc.subarray(i * ICC_PART, (i + 1) * ICC_PART),
    ]),
  }))
}
