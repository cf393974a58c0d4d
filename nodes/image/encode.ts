import type { Image } from '../ports.js'
import { iccSegments, insertSegments, joinJpeg, splitJpeg } from './jpeg-segments.js'
import { encodePng } from './png.js'
import { loadSharp } from './sharp.js'
import { extendWebp } from './webp-chunks.js'

/** The formats that results are written in; each is also its file extension, but for JPEG's 'jpg'. */
export const SAVED_FORMATS = ['png', 'jpeg', 'webp'] as const
export type SavedFormat = (typeof SAVED_FORMATS)[number]

export interface EncodeOptions {
  /** 1…100, of JPEG and WebP. */
  readonly quality?: number
}

/**
 * Encodes a picture with its colour profile: PNG keeps every bit; JPEG and WebP have 8 bits, and JPEG no alpha, so that
 * what is transparent is shown on white.
 */
export async function encodeImage(
  image: Image,
  format: SavedFormat,
  { quality = 92 }: EncodeOptions = {},
): Promise<Uint8Array> {
  if (format === 'png') return encodePng(image)
  const { width, height, channels } = image
  const limit = format === 'webp' ? 16_383 : 65_535
  if (Math.max(width, height) > limit)
    throw new Error(
      `A ${format} file is at most ${limit} pixels a side, got ${width} × ${height}; save as png instead.`,
    )
  const sharp = await loadSharp()
  const raw = sharp(toEightBits(image), { raw: { width, height, channels }, limitInputPixels: false })
  if (format === 'webp') return addToWebp(await raw.webp({ quality, effort: 2 }).toBuffer(), image)
  // Halving the colour's resolution shows at red edges, such as lips; who asks for quality does not want it.
  const chromaSubsampling = quality >= 85 ? '4:4:4' : '4:2:0'
  return addToJpeg(await raw.flatten({ background: '#fff' }).jpeg({ quality, chromaSubsampling }).toBuffer(), image)
}

/** 8 bits a sample, rounded: v/257. */
function toEightBits({ data }: Image): Uint8Array {
  if (data instanceof Uint8Array) return data
  const out = new Uint8Array(data.length)
  for (let i = 0; i < data.length; i++) out[i] = (data[i] + 128) / 257
  return out
}

// sharp takes a profile as a path and converts to it; the samples are in that space already, so it is put in here.
const addToWebp = (bytes: Uint8Array, { icc }: Image) =>
  icc ? extendWebp(bytes, [{ type: 'ICCP', data: icc }]) : bytes

function addToJpeg(bytes: Uint8Array, { icc }: Image): Uint8Array {
  const parts = icc && splitJpeg(bytes)
  return parts ? joinJpeg(insertSegments(parts, iccSegments(icc))) : bytes
}
