import { defineNode } from '../../engine/node.js'
import { choice, integer } from '../../engine/port.js'
import { type Image, image } from '../ports.js'
import { MAXIMUM_PIXELS } from './decode.js'
import { type ResizeOptions, resizePixels } from './resize-pixels.js'

const FITS = ['inside', 'fill', 'cover'] as const

interface Wish {
  readonly width: number
  readonly height: number
  readonly longest: number
  readonly fit: (typeof FITS)[number]
}

/** Changes the size of a picture, by its sides or by its longest side. */
export const ImageResize = defineNode({
  type: 'ImageResize',
  version: 1,
  category: 'image',
  description: 'Resizes a picture with Lanczos 3: to width and height, to one of them, or to its longest side.',
  lane: 'main',
  inputs: {
    image: image(),
    width: integer({ default: 0, min: 0, max: 32768, hint: 'Pixels; 0: follows from the height' }),
    height: integer({ default: 0, min: 0, max: 32768, hint: 'Pixels; 0: follows from the width' }),
    longest: integer({
      default: 0,
      min: 0,
      max: 32768,
      hint: 'Pixels of the longest side, instead of width and height',
    }),
    fit: choice(FITS, {
      default: 'inside',
      hint: 'inside: keeps proportions within both; fill: distorts to both; cover: fills both and cuts the rest',
    }),
  },
  outputs: { image: image() },
  async run({ image, ...wish }) {
    const size = sizeFor(image, wish)
    if (size.width === image.width && size.height === image.height) return { image }
    if (size.width * size.height > MAXIMUM_PIXELS)
      throw new Error(
        `Resizing to ${size.width} × ${size.height} exceeds ${MAXIMUM_PIXELS / 1e6} megapixels; choose a smaller size.`,
      )
    return { image: await resizePixels(image, size) }
  },
})

function sizeFor({ width, height }: Image, wish: Wish): ResizeOptions {
  if (wish.longest > 0) return scaled(width, height, wish.longest / Math.max(width, height))
  if (wish.width === 0 && wish.height === 0)
    throw new Error('ImageResize wants a width, a height or a longest side above 0; all three are 0.')
  const [x, y] = [wish.width / width, wish.height / height]
  if (x === 0 || y === 0) return scaled(width, height, x + y)
  if (wish.fit === 'inside') return scaled(width, height, Math.min(x, y))
  return { width: wish.width, height: wish.height, fit: wish.fit }
}

const scaled = (width: number, height: number, factor: number): ResizeOptions => ({
  width: Math.max(1, Math.round(width * factor)),
  height: Math.max(1, Math.round(height * factor)),
})
