import { defineNode } from '../../engine/node.js'
import { integer, optional, text } from '../../engine/port.js'
import { type Image, image, type Mask, mask } from '../ports.js'
import { decode } from './decode.js'

/**
 * Reads a picture file: upright by its EXIF orientation, samples and depth as they are in the file, profile kept.
 * The mask is 1 where the picture is transparent, as ComfyUI has it: what was erased is what is to be painted.
 */
export const LoadImage = defineNode({
  type: 'LoadImage',
  version: 1,
  category: 'image',
  description:
    'Reads a picture: PNG, JPEG, WebP, GIF, TIFF or AVIF, upright by its EXIF orientation, with its depth, alpha and colour profile.',
  lane: 'main',
  inputs: { image: text({ upload: 'image', hint: 'The picture file' }) },
  outputs: {
    image: image('The picture in its own colours, RGB or RGBA'),
    mask: optional(mask('1 where the picture is transparent, 0 where opaque; nothing when it has no alpha')),
    width: integer({ hint: 'Pixels' }),
    height: integer({ hint: 'Pixels' }),
  },
  async run({ image: artifact }, context) {
    const { image, notes } = await decode(await context.read(artifact))
    for (const note of notes) context.warn(note)
    return { image, mask: transparency(image), width: image.width, height: image.height }
  },
})

/** 1 − alpha. Of an opaque picture there is none rather than an empty one, which would be larger than the picture. */
function transparency({ width, height, channels, data }: Image): Mask | undefined {
  if (channels === 3) return undefined
  const opaque = data instanceof Uint16Array ? 65535 : 255
  const mask = new Float32Array(width * height)
  for (let i = 0; i < mask.length; i++) mask[i] = 1 - data[i * 4 + 3] / opaque
  return { width, height, data: mask }
}
