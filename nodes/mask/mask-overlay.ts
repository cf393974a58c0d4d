import { defineNode } from '../../engine/node.js'
import { float } from '../../engine/port.js'
import { type Image, image, type Mask, mask } from '../ports.js'

/** Shows a mask as a red tint over its picture. */
export const MaskOverlay = defineNode({
  type: 'MaskOverlay',
  version: 1,
  category: 'mask',
  description: 'Shows a mask as a red tint over its picture.',
  lane: 'cpu',
  inputs: {
    image: image(),
    mask: mask('Of the size of the picture'),
    opacity: float({ default: 0.5, min: 0, max: 1, step: 0.05, hint: 'How strong the tint is where the mask is 1' }),
  },
  outputs: { image: image() },
  run({ image, mask, opacity }) {
    if (mask.width !== image.width || mask.height !== image.height)
      throw new Error(
        `MaskOverlay wants a mask of ${image.width} × ${image.height}, the size of its picture, got ${mask.width} × ${mask.height}.`,
      )
    return { image: tint(image, mask, opacity) }
  },
})

function tint(image: Image, mask: Mask, opacity: number): Image {
  const data = image.data.slice()
  const red = data instanceof Uint16Array ? 65535 : 255
  for (let i = 0, at = 0; i < mask.data.length; i++, at += image.channels) {
    const weight = mask.data[i] * opacity
    if (weight === 0) continue
    data[at] = data[at] + weight * (red - data[at]) + 0.5
    data[at + 1] = data[at + 1] * (1 - weight) + 0.5
    data[at + 2] = data[at + 2] * (1 - weight) + 0.5
  }
  return { ...image, data }
}
