import type { Metadata, Sharp } from 'sharp'
import { messageOf } from '../../engine/errors.js'
import type { Image } from '../ports.js'
import { loadSharp } from './sharp.js'
import { sniffFormat } from './sniff.js'

/** A file that claims more pixels than this is refused by its header, before any of it is decoded. */
export const MAXIMUM_PIXELS = 100_000_000

/** A decoded picture, and what of the file is not in it. */
export interface Decoded {
  readonly image: Image
  /** Sentences for the user: what was left out or converted. */
  readonly notes: readonly string[]
}

/**
 * Decodes a PNG, JPEG, WebP, GIF, TIFF or AVIF file into upright pixels in the file's own colour space. 16 bits stay 16;
 * grey becomes RGB with equal samples; CMYK is converted to sRGB; of an animation the first frame is taken.
 * @throws one sentence for what is empty, cut off, not a picture, or larger than `MAXIMUM_PIXELS`.
 */
export async function decode(bytes: Uint8Array): Promise<Decoded> {
  if (bytes.length === 0)
    throw new Error('The file is empty (0 bytes); give a PNG, JPEG, WebP, GIF, TIFF or AVIF file.')
  if (!sniffFormat(bytes)) throw new Error(`The file is not a picture: it begins with ${beginning(bytes)}. ${CURE}`)
  const sharp = await loadSharp()
  // Limits are ours, below, so that the error says what came; ICC is ignored because applying it changes samples.
  const open = (ignoreIcc = true) => sharp(bytes, { failOn: 'error', limitInputPixels: false, ignoreIcc })
  const header = await open().metadata().catch(refuseDamaged)
  refuseTooLarge(header)
  const image = await readPixels(header.space === 'cmyk' ? open(false) : open(), header)
  return { image: { ...image, ...profileOf(header) }, notes: notesOf(header) }
}

/** The same for those who need the picture only. */
export const decodeImage = async (bytes: Uint8Array): Promise<Image> => (await decode(bytes)).image

const CURE = 'Give a PNG, JPEG, WebP, GIF, TIFF or AVIF file.'

const beginning = (bytes: Uint8Array) => JSON.stringify(Buffer.from(bytes.subarray(0, 12)).toString('latin1'))

function refuseDamaged(error: unknown): never {
  const cause = messageOf(error).trim().split('\n')[0]
  throw new Error(`The picture is damaged or cut off and cannot be decoded (${cause}); give an intact file.`)
}

function refuseTooLarge({ width, height }: Metadata): void {
  if (width * height <= MAXIMUM_PIXELS) return
  const size = `${width} × ${height} (${Math.round((width * height) / 1e6)} megapixels)`
  throw new Error(
    `The picture claims ${size}; up to ${MAXIMUM_PIXELS / 1e6} megapixels are decoded. Make it smaller first.`,
  )
}

async function readPixels(open: Sharp, { depth, hasAlpha }: Metadata): Promise<Image> {
  const deep = depth === 'ushort'
  const upright = open
    .autoOrient()
    .toColourspace(deep ? 'rgb16' : 'srgb')
    .raw({ depth: deep ? 'ushort' : 'uchar' })
  const { data, info } = await upright.toBuffer({ resolveWithObject: true }).catch(refuseDamaged)
  const { width, height, channels } = info
  if (channels !== (hasAlpha ? 4 : 3)) throw new Error(`The picture has ${channels} channels; save it as RGB or RGBA.`)
  // A copy only where the buffer is a part of another: values on links are plain typed arrays that own their bytes.
  const whole = data.byteLength === data.buffer.byteLength ? data.buffer : new Uint8Array(data).buffer
  return { width, height, channels, data: deep ? new Uint16Array(whole) : new Uint8Array(whole) }
}

/** The profile, if it describes RGB as our samples are; that of a grey or CMYK file would be wrong for them. */
function profileOf({ icc }: Metadata): { icc?: Uint8Array } {
  return icc && colourSpaceOf(icc) === 'RGB ' ? { icc: new Uint8Array(icc) } : {}
}

/** Bytes 16 to 19 of an ICC profile: 'RGB ', 'GRAY', 'CMYK', … Source: ICC.1:2022, 7.2. */
const colourSpaceOf = (icc: Buffer) => icc.toString('latin1', 16, 20)

function notesOf({ pages = 1, space, depth, icc }: Metadata): string[] {
  const notes: string[] = []
  if (pages > 1) notes.push(`The file is an animation or has ${pages} pages; only the first is used.`)
  if (space === 'cmyk')
    notes.push('The picture is CMYK; it was converted to sRGB, so its samples are not the file’s own.')
  if (depth && depth !== 'uchar' && depth !== 'ushort')
    notes.push(`The picture has samples of type ${depth}; they were converted to 8 bits.`)
  if (icc && space !== 'cmyk' && colourSpaceOf(icc) !== 'RGB ')
    notes.push('The picture’s colour profile is not one of RGB and was dropped; its samples are unchanged.')
  return notes
}
