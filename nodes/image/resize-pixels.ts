import type { Image } from '../ports.js'
import { loadSharp } from './sharp.js'

export interface ResizeOptions {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** fill: to exactly this size; cover: keeps proportions and cuts what is too much from both sides. */
  readonly fit?: 'fill' | 'cover'
}

/**
 * Resizes with Lanczos 3, in the depth and colour space of the picture. Colours are weighted by alpha, so that what is
 * transparent does not bleed into what is not; pixels with alpha 0 come out black.
 */
export async function resizePixels(image: Image, { width, height, fit = 'fill' }: ResizeOptions): Promise<Image> {
  const deep = image.data instanceof Uint16Array
  const sharp = await loadSharp()
  const raw = { width: image.width, height: image.height, channels: image.channels }
  const { data, info } = await sharp(image.data, { raw, limitInputPixels: false })
    .resize({ width, height, fit, kernel: 'lanczos3' })
    .toColourspace(deep ? 'rgb16' : 'srgb')
    .raw({ depth: deep ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const whole = new Uint8Array(data).buffer
  return {
    ...image,
    width: info.width,
    height: info.height,
    data: deep ? new Uint16Array(whole) : new Uint8Array(whole),
  }
}
