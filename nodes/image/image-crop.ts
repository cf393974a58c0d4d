import { defineNode } from '../../engine/node.js'
import { integer, optional } from '../../engine/port.js'
import { type Image, image, type Region, region } from '../ports.js'
import { refuseOutside } from './region.js'

/** Takes a rectangle out of a picture, and says where, so that ImageComposite can put it back. */
export const ImageCrop = defineNode({
  type: 'ImageCrop',
  version: 1,
  category: 'image',
  description: 'Takes a rectangle out of a picture, with its place, so that ImageComposite can put it back.',
  lane: 'main',
  inputs: {
    image: image(),
    region: optional(region('The rectangle; without it, the four numbers below')),
    x: integer({ default: 0, min: 0, hint: 'Left edge in pixels' }),
    y: integer({ default: 0, min: 0, hint: 'Upper edge in pixels' }),
    width: integer({ default: 512, min: 1, hint: 'Pixels' }),
    height: integer({ default: 512, min: 1, hint: 'Pixels' }),
  },
  outputs: { image: image(), region: region('Where the picture was cut out') },
  run({ image, region = undefined, x, y, width, height }) {
    const place = region ?? { x, y, width, height }
    return { image: cropPixels(image, place), region: place }
  },
})

/** The samples of a rectangle, as they are. @throws when it reaches out of the picture. */
export function cropPixels(image: Image, region: Region): Image {
  refuseOutside(region, image, 'The crop')
  const stride = region.width * image.channels
  const data =
    image.data instanceof Uint16Array ? new Uint16Array(stride * region.height) : new Uint8Array(stride * region.height)
  for (let y = 0; y < region.height; y++) {
    const from = ((region.y + y) * image.width + region.x) * image.channels
    data.set(image.data.subarray(from, from + stride), y * stride)
  }
  return { ...image, width: region.width, height: region.height, data }
}
