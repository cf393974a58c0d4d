import { decodeImage } from '../../nodes/image/decode.js'
import { readStamp, stampImage } from '../../nodes/image/metadata.js'
import { encodePng } from '../../nodes/image/png.js'
import type { Image } from '../../nodes/ports.js'
import { Refusal } from '../http/refusal.js'

/**
 * The picture with the mask's alpha, as PNG. Colour stays as it is where alpha is 0, for what is masked is what is to be
 * painted over, and the painter must see it; so do the texts that the picture carries.
 * @throws Refusal 400 when the two differ in size, and one sentence when one cannot be decoded.
 */
export async function mergeAlpha(picture: Uint8Array, mask: Uint8Array): Promise<Uint8Array> {
  const [image, { width, height, ...alpha }] = await Promise.all([decodeImage(picture), decodeImage(mask)])
  if (image.width !== width || image.height !== height) {
    const sizes = `the picture has ${image.width} × ${image.height} pixels, the mask ${width} × ${height}`
    throw new Refusal(400, 'size-mismatch', `A mask must be as large as its picture; ${sizes}.`)
  }
  const merged = await encodePng(withAlpha(image, { width, height, ...alpha }))
  const texts = readStamp(picture)
  return Object.keys(texts).length > 0 ? stampImage(merged, texts) : merged
}

/** The colours of one picture with the alpha of another of the same size. */
export function withAlpha(image: Image, mask: Image): Image {
  const pixels = image.width * image.height
  const isDeep = image.data instanceof Uint16Array
  const data = isDeep ? new Uint16Array(pixels * 4) : new Uint8Array(pixels * 4)
  const alpha = alphaOf(mask, isDeep)
  for (let i = 0; i < pixels; i++) {
    const from = i * image.channels
    data[i * 4] = image.data[from] as number
    data[i * 4 + 1] = image.data[from + 1] as number
    data[i * 4 + 2] = image.data[from + 2] as number
    data[i * 4 + 3] = alpha(i)
  }
  return { ...image, channels: 4, data }
}

/** Alpha by pixel, of as many bits as are wanted. */
function alphaOf({ channels, data }: Image, deep: boolean): (pixel: number) => number {
  if (channels === 3) return () => (deep ? 65_535 : 255)
  const isDeep = data instanceof Uint16Array
  const scale = deep === isDeep ? 1 : deep ? 257 : 1 / 257
  return pixel => Math.round((data[pixel * 4 + 3] as number) * scale)
}
