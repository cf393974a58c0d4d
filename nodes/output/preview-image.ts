import { defineNode } from '../../engine/node.js'
import { encodeImage } from '../image/encode.js'
import { resizePixels } from '../image/resize-pixels.js'
import { type Image, image } from '../ports.js'
import { savedFile } from './saved-file.js'

/** Pixels of the longer side. */
const PREVIEW_SIZE = 1024

/** Shows a picture on the way: small, lossy, not to be kept. */
export const PreviewImage = defineNode({
  type: 'PreviewImage',
  version: 1,
  category: 'output',
  description: 'Shows a picture as a small WebP, at most 1024 pixels a side.',
  lane: 'main',
  sink: true,
  inputs: { image: image() },
  outputs: { file: savedFile('The preview') },
  async run({ image }, context) {
    const small = await shrink(image)
    const artifact = await context.write(await encodeImage(small, 'webp', { quality: 80 }), 'webp')
    const { width, height } = small
    return { file: { artifact, name: 'preview', format: 'webp', width, height, preview: true } as const }
  },
})

function shrink(image: Image): Promise<Image> | Image {
  const factor = PREVIEW_SIZE / Math.max(image.width, image.height)
  if (factor >= 1) return image
  const side = (length: number) => Math.max(1, Math.round(length * factor))
  return resizePixels(image, { width: side(image.width), height: side(image.height) })
}
