import type { Metadata } from 'sharp'
import { messageOf } from '../../engine/errors.js'
import { decode, MAXIMUM_PIXELS } from '../../nodes/image/decode.js'
import { encodePng } from '../../nodes/image/png.js'
import { loadSharp } from '../../nodes/image/sharp.js'
import { type Format, sniffFormat } from '../../nodes/image/sniff.js'
import { Refusal } from '../http/refusal.js'
import { cleanJpeg } from './clean-jpeg.js'
import { cleanPng } from './clean-png.js'
import { cleanWebp } from './clean-webp.js'

/** A picture as it is kept: whole, and telling nothing but itself. */
export interface CleanPicture {
  readonly bytes: Uint8Array
  readonly format: 'jpeg' | 'png' | 'webp'
  /** Pixels, as it is seen upright. */
  readonly width: number
  readonly height: number
}

/**
 * Checks a picture from outside and takes out of it what it tells beside its pixels. JPEG, PNG and WebP stay as they are
 * but for that: the same samples, colour profile and orientation. GIF, TIFF and AVIF, and animations, whose metadata
 * cannot be cut out, become the PNG of what LoadImage sees in them: their first frame, upright.
 * @throws Refusal 400 for what is no picture or is damaged, 413 for too many pixels; both before any pixel is decoded.
 */
export async function cleanPicture(received: Uint8Array): Promise<CleanPicture> {
  const format = sniffFormat(received)
  if (!format) throw notAPicture()
  // Cut before a decoder sees it, so that no bomb in a text is ever unpacked.
  const cut = cutMetadata(received, format)
  const header = await readHeader(cut?.bytes ?? received)
  if (cut) {
    await decodeOnce(cut.bytes)
    return { ...cut, ...sizeOf(header) }
  }
  const { image } = await decode(received).catch(error => Promise.reject(damagedPicture(messageOf(error))))
  return { bytes: await encodePng(image), format: 'png', width: image.width, height: image.height }
}

/** The file without metadata; nothing if its form does not allow that. @throws Refusal for a damaged file. */
function cutMetadata(bytes: Uint8Array, format: Format): Pick<CleanPicture, 'bytes' | 'format'> | undefined {
  if (format !== 'jpeg' && format !== 'png' && format !== 'webp') return undefined
  const clean = CLEAN[format](bytes)
  if (clean) return { bytes: clean, format }
  // What may be an animation is for the decoder to judge.
  if (format === 'webp') return undefined
  throw damaged('its parts are not whole')
}

const CLEAN = { jpeg: cleanJpeg, png: cleanPng, webp: cleanWebp }

const notAPicture = () =>
  new Refusal(400, 'not-a-picture', 'File must be an image: a PNG, JPEG, WebP, GIF, TIFF or AVIF file.')

const damagedPicture = (message: string) => new Refusal(400, 'damaged-picture', message)

const damaged = (cause: string) =>
  damagedPicture(`The picture is damaged or cut off and cannot be decoded (${cause}); give an intact file.`)

async function readHeader(bytes: Uint8Array): Promise<Metadata> {
  const sharp = await loadSharp()
  const header = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(error => Promise.reject(damaged(firstLine(error))))
  const { width, height } = header
  if (width * height <= MAXIMUM_PIXELS) return header
  throw new Refusal(
    413,
    'too-many-pixels',
    `The picture must have at most ${MAXIMUM_PIXELS / 1e6} megapixels, got ${width} × ${height}; make it smaller.`,
  )
}

const firstLine = (error: unknown) => messageOf(error).trim().split('\n')[0] ?? ''

/** Shown to the decoder to its last row, at the size that costs the least memory. */
async function decodeOnce(bytes: Uint8Array): Promise<void> {
  const sharp = await loadSharp()
  await sharp(bytes, { failOn: 'error', limitInputPixels: MAXIMUM_PIXELS, sequentialRead: true })
    .resize(32, 32, { fit: 'inside' })
    .raw()
    .toBuffer()
    .catch(error => Promise.reject(damaged(firstLine(error))))
}

function sizeOf({ width, height, orientation = 1 }: Metadata): { width: number; height: number } {
  return orientation >= 5 ? { width: height, height: width } : { width, height }
}
