const MAKE = 0x010f
const MODEL = 0x0110
const ORIENTATION = 0x0112
const ASCII = 2
const SHORT = 3

/** What of an EXIF block matters here. */
export interface Exif {
  /** The texts of IFD0 by tag. */
  readonly texts: ReadonlyMap<number, string>
  /** 1…8; 1 is upright. */
  readonly orientation: number
}

/** The tags that texts lie in: `workflow` in Make and `prompt` in Model as ComfyUI has them, others below Make. */
export function tagTexts(entries: Readonly<Record<string, string>>): Map<number, string> {
  let next = MAKE - 1
  return new Map(
    Object.entries(entries).map(([key, value]) => [
      key === 'workflow' ? MAKE : key === 'prompt' ? MODEL : next--,
      `${key}:${value}`,
    ]),
  )
}

/** The entries back from texts of the form `key:value`. */
export const untagTexts = (texts: ReadonlyMap<number, string>): [string, string][] =>
  [...texts.values()].flatMap(text => {
    const colon = text.indexOf(':')
    return colon > 0 ? [[text.slice(0, colon), text.slice(colon + 1)] as [string, string]] : []
  })

/** Writes a little-endian TIFF block with one directory, IFD0; texts are ASCII and end with a zero. */
export function writeExif({ texts, orientation }: Exif): Uint8Array {
  const fields = [...texts].map(([tag, text]) => ({ tag, type: ASCII, data: Buffer.from(`${text}\0`, 'latin1') }))
  if (orientation !== 1) fields.push({ tag: ORIENTATION, type: SHORT, data: Buffer.from([orientation, 0]) })
  fields.sort((a, b) => a.tag - b.tag)
  const head = Buffer.alloc(8 + 2 + fields.length * 12 + 4)
  head.write('II*\0\x08\0\0\0', 'latin1')
  head.writeUInt16LE(fields.length, 8)
  const parts: Buffer[] = [head]
  let end = head.length
  for (const [i, { tag, type, data }] of fields.entries()) {
    const at = 10 + i * 12
    head.writeUInt16LE(tag, at)
    head.writeUInt16LE(type, at + 2)
    head.writeUInt32LE(type === ASCII ? data.length : 1, at + 4)
    // Up to four bytes lie in the directory itself.
    if (data.length <= 4) data.copy(head, at + 8)
    else {
      head.writeUInt32LE(end, at + 8)
      parts.push(data, Buffer.alloc(data.length % 2))
      end += data.length + (data.length % 2)
    }
  }
  return Buffer.concat(parts)
}

/** Reads IFD0 of a TIFF block, with or without `Exif\0\0` before it; what lies outside the block is not there. */
export function readExif(bytes: Uint8Array): Exif {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const block = whole.toString('latin1', 0, 6) === 'Exif\0\0' ? whole.subarray(6) : whole
  const texts = new Map<number, string>()
  let orientation = 1
  for (const { tag, type, count, at, short } of directory(block)) {
    if (tag === ORIENTATION && type === SHORT && short >= 1 && short <= 8) orientation = short
    if (type === ASCII && at + count <= block.length)
      texts.set(tag, block.toString('utf8', at, at + count).replace(/\0.*$/s, ''))
  }
  return { texts, orientation }
}

interface Field {
  readonly tag: number
  readonly type: number
  readonly count: number
  /** Where the data lie in the block. */
  readonly at: number
  /** The data read as one 16-bit number. */
  readonly short: number
}

function directory(block: Buffer): Field[] {
  const little = block.toString('latin1', 0, 2) === 'II'
  if (block.length < 8 || (!little && block.toString('latin1', 0, 2) !== 'MM')) return []
  const u16 = (at: number) => (little ? block.readUInt16LE(at) : block.readUInt16BE(at))
  const u32 = (at: number) => (little ? block.readUInt32LE(at) : block.readUInt32BE(at))
  const start = u32(4)
  if (start + 2 > block.length) return []
  const room = Math.floor((block.length - start - 2) / 12)
  return Array.from({ length: Math.min(u16(start), room) }, (_, i) => {
    const at = start + 2 + i * 12
    const count = u32(at + 4)
    return { tag: u16(at), type: u16(at + 2), count, at: count > 4 ? u32(at + 8) : at + 8, short: u16(at + 8) }
  })
}
