import { inflateSync } from 'node:zlib'
import { readExif, tagTexts, untagTexts, writeExif } from './exif.js'
import { hasName, insertSegments, type JpegSegment, joinJpeg, SEGMENT_BYTES, splitJpeg } from './jpeg-segments.js'
import { joinPng, type PngChunk, splitPng } from './png-chunks.js'
import { sniffFormat } from './sniff.js'
import { extendWebp, splitWebp } from './webp-chunks.js'

/** IPTC's word for a real photo of which a part was generated. */
export const DIGITAL_SOURCE_TYPE = 'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia'

/** Says in every format that a part of the picture is generated. */
const XMP = Buffer.from(
  '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">' +
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""' +
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"' +
    ` Iptc4xmpExt:DigitalSourceType="${DIGITAL_SOURCE_TYPE}"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`,
)

const EXIF_NAME = 'Exif\0\0'
const XMP_NAME = 'http://ns.adobe.com/xap/1.0/\0'
const XMP_KEYWORD = 'XML:com.adobe.xmp'

/** Text that a file packs smaller than it is; more than this when unpacked is not ours and is left alone. */
const UNPACKED_BYTES = 64 << 20

/**
 * Writes JSON texts (such as `workflow`) and the kind of source into a PNG, JPEG or WebP, in place of what it carried,
 * without touching a pixel. Where ComfyUI has them: PNG tEXt by keyword; EXIF Make = `workflow:{…}` in the others.
 * @throws for other formats, for a damaged file, and for a JPEG when the texts exceed the 64 KiB of one segment.
 */
export function stampImage(bytes: Uint8Array, entries: Readonly<Record<string, string>>): Uint8Array {
  const texts = Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, escapeJson(value)]))
  switch (sniffFormat(bytes)) {
    case 'png':
      return stampPng(bytes, texts)
    case 'jpeg':
      return stampJpeg(bytes, texts)
    case 'webp':
      return stampWebp(bytes, texts)
    default:
      throw new Error('Only PNG, JPEG and WebP files carry a workflow; save the picture as one of them.')
  }
}

/** The texts a PNG, JPEG or WebP carries, by key; none for anything else, whatever the bytes are. */
export function readStamp(bytes: Uint8Array): Record<string, string> {
  switch (sniffFormat(bytes)) {
    case 'png':
      return Object.fromEntries(splitPng(bytes).flatMap(chunk => readText(chunk) ?? []))
    case 'jpeg': {
      const exif = splitJpeg(bytes)?.segments.find(isExif)
      return Object.fromEntries(exif ? untagTexts(readExif(exif.data).texts) : [])
    }
    case 'webp': {
      const exif = splitWebp(bytes).find(({ type }) => type === 'EXIF')
      return Object.fromEntries(exif ? untagTexts(readExif(exif.data).texts) : [])
    }
    default:
      return {}
  }
}

/** JSON stays the same document when every letter outside ASCII is written as an escape; all formats can hold ASCII. */
const escapeJson = (json: string): string =>
  json.replace(/[\u0080-\uffff]/g, letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)

function stampPng(bytes: Uint8Array, texts: Record<string, string>): Uint8Array {
  const [header, ...chunks] = splitPng(bytes)
  if (header?.type !== 'IHDR' || chunks.at(-1)?.type !== 'IEND')
    throw new Error('The PNG file is cut off; it cannot be stamped.')
  const kept = chunks.filter(chunk => {
    const [keyword = ''] = keywordOf(chunk) ?? []
    return !Object.hasOwn(texts, keyword) && keyword !== XMP_KEYWORD
  })
  const stamps = Object.entries(texts).map(([key, text]) => textChunk('tEXt', `${key}\0`, Buffer.from(text, 'latin1')))
  return joinPng([header, ...stamps, textChunk('iTXt', `${XMP_KEYWORD}\0\0\0\0\0`, XMP), ...kept])
}

const textChunk = (type: string, head: string, text: Uint8Array): PngChunk => ({
  type,
  data: Buffer.concat([Buffer.from(head, 'latin1'), text]),
})

/** The keyword of a text chunk and where it ends. */
function keywordOf({ type, data }: PngChunk): readonly [string, number] | undefined {
  if (type !== 'tEXt' && type !== 'zTXt' && type !== 'iTXt') return undefined
  const end = data.subarray(0, 80).indexOf(0)
  return end > 0 ? [Buffer.from(data.subarray(0, end)).toString('latin1'), end + 1] : undefined
}

function readText(chunk: PngChunk): [[string, string]] | undefined {
  const [keyword, at] = keywordOf(chunk) ?? []
  if (keyword === undefined || at === undefined) return undefined
  const { type, data } = chunk
  const text =
    type === 'tEXt' ? data.subarray(at) : type === 'zTXt' ? unpack(data.subarray(at + 1)) : readItxt(data, at)
  return text && [[keyword, Buffer.from(text).toString(type === 'iTXt' ? 'utf8' : 'latin1')]]
}

/** iTXt: whether it is packed, how, language, translated keyword, text. */
function readItxt(data: Uint8Array, at: number): Uint8Array | undefined {
  const language = data.indexOf(0, at + 2)
  const keyword = language < 0 ? -1 : data.indexOf(0, language + 1)
  if (keyword < 0) return undefined
  const text = data.subarray(keyword + 1)
  return data[at] === 1 ? unpack(text) : text
}

function unpack(data: Uint8Array): Uint8Array | undefined {
  try {
    return inflateSync(data, { maxOutputLength: UNPACKED_BYTES })
  } catch {
    return undefined
  }
}

const isExif = (segment: JpegSegment) => hasName(segment, 0xe1, EXIF_NAME)

function stampJpeg(bytes: Uint8Array, texts: Record<string, string>): Uint8Array {
  const parts = splitJpeg(bytes)
  if (!parts) throw new Error('The JPEG file is cut off or damaged; it cannot be stamped.')
  const old = parts.segments.find(isExif)
  const exif = Buffer.concat([Buffer.from(EXIF_NAME, 'latin1'), exifOf(texts, old?.data)])
  if (exif.length > SEGMENT_BYTES)
    throw new Error(
      `A JPEG can carry ${SEGMENT_BYTES} bytes of workflow, this one has ${exif.length}; save as PNG or WebP instead.`,
    )
  const xmp = Buffer.concat([Buffer.from(XMP_NAME, 'latin1'), XMP])
  const kept = parts.segments.filter(segment => !isExif(segment) && !hasName(segment, 0xe1, XMP_NAME))
  const added = [exif, xmp].map(data => ({ marker: 0xe1, data }))
  return joinJpeg(insertSegments({ ...parts, segments: kept }, added))
}

function stampWebp(bytes: Uint8Array, texts: Record<string, string>): Uint8Array {
  const old = splitWebp(bytes).find(({ type }) => type === 'EXIF')
  const exif = { type: 'EXIF', data: exifOf(texts, old?.data) }
  return extendWebp(bytes, [exif, { type: 'XMP ', data: XMP }])
}

/** Of what an EXIF block said only the orientation is kept: the pixels mean nothing without it, the rest is private. */
const exifOf = (texts: Record<string, string>, old: Uint8Array | undefined) =>
  writeExif({ texts: tagTexts(texts), orientation: old ? readExif(old).orientation : 1 })
