/** A piece of a WebP file: a type of four letters and its data. */
export interface WebpChunk {
  readonly type: string
  readonly data: Uint8Array
}

/** Flags of VP8X by the chunk they announce. Source: RFC 9649, 2.7. */
const FLAGS: Readonly<Record<string, number>> = { ICCP: 0x20, ALPH: 0x10, EXIF: 0x08, 'XMP ': 0x04 }
const ALPHA = 0x10

/** The chunks of a file, as far as they are whole. */
export function splitWebp(bytes: Uint8Array): WebpChunk[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const chunks: WebpChunk[] = []
  for (let at = 12; at + 8 <= file.length; ) {
    const length = file.readUInt32LE(at + 4)
    if (at + 8 + length > file.length) break
    chunks.push({ type: file.toString('latin1', at, at + 4), data: file.subarray(at + 8, at + 8 + length) })
    at += 8 + length + (length % 2)
  }
  return chunks
}

/**
 * Gives a file the extra chunks (ICCP, EXIF, XMP) in place of its own of those types, in the order the format asks for.
 * @throws when the file holds no picture.
 */
export function extendWebp(bytes: Uint8Array, added: readonly WebpChunk[]): Uint8Array {
  const replaced = new Set(added.map(({ type }) => type))
  const own = splitWebp(bytes).filter(({ type }) => type !== 'VP8X' && !replaced.has(type))
  const all = [...added, ...own]
  const profile = all.filter(({ type }) => type === 'ICCP')
  const last = all.filter(({ type }) => type === 'EXIF' || type === 'XMP ')
  const picture = own.filter(chunk => !profile.includes(chunk) && !last.includes(chunk))
  const head = { type: 'VP8X', data: extendedHeader(bytes, all) }
  return joinWebp([head, ...profile, ...picture, ...last])
}

/** Writes a file of chunks. */
export function joinWebp(chunks: readonly WebpChunk[]): Uint8Array {
  const body = chunks.flatMap(({ type, data }) => [header(type, data.length), data, new Uint8Array(data.length % 2)])
  const length = body.reduce((sum, part) => sum + part.length, 4)
  return Buffer.concat([header('RIFF', length), Buffer.from('WEBP'), ...body])
}

function header(type: string, length: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.write(type, 'latin1')
  bytes.writeUInt32LE(length, 4)
  return bytes
}

/** VP8X: flags, three reserved bytes, width − 1 and height − 1 in 24 bits each. */
function extendedHeader(bytes: Uint8Array, chunks: readonly WebpChunk[]): Uint8Array {
  const known = splitWebp(bytes).find(({ type, data }) => type === 'VP8X' && data.length >= 10)
  const head = known ? Buffer.from(known.data) : plainHeader(chunks)
  for (const { type } of chunks) head[0] |= FLAGS[type] ?? 0
  return head
}

function plainHeader(chunks: readonly WebpChunk[]): Buffer {
  const picture = chunks.find(({ type, data }) => (type === 'VP8 ' || type === 'VP8L') && data.length >= 10)
  if (!picture) throw new Error('The WebP file holds no picture; it is damaged.')
  const data = Buffer.from(picture.data)
  const head = Buffer.alloc(10)
  // Source: RFC 6386, 9.1 (three bytes of frame tag, three of start code) and RFC 9649, 3.4 (one of signature).
  const lossless = data.readUInt32LE(1)
  const width = picture.type === 'VP8L' ? lossless & 0x3fff : (data.readUInt16LE(6) & 0x3fff) - 1
  const height = picture.type === 'VP8L' ? (lossless >>> 14) & 0x3fff : (data.readUInt16LE(8) & 0x3fff) - 1
  if (picture.type === 'VP8L' && (lossless >>> 28) & 1) head[0] = ALPHA
  head.writeUIntLE(Math.max(0, width), 4, 3)
  head.writeUIntLE(Math.max(0, height), 7, 3)
  return head
}
