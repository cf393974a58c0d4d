import { defineNode } from '../../engine/node.js'
import { list, optional } from '../../engine/port.js'
import { type Image, image, type Mask, mask, type Region, region } from '../ports.js'
import { blendInto } from './blend.js'
import { layersOf } from './layers.js'

/**
 * The background lock. Where a mask is 0 the result has the background's own samples, copied and never computed; size,
 * depth, channels and profile are the background's.
 */
export const ImageComposite = defineNode({
  type: 'ImageComposite',
  version: 1,
  category: 'image',
  description:
    'Puts pictures over a background where their masks are above 0. Every pixel where all masks are 0 keeps the bits of the background.',
  lane: 'cpu',
  inputs: {
    background: image('Gives size, depth, channels and colour profile'),
    foreground: list(image('One or more pictures, later ones over earlier ones')),
    mask: list(mask('One for each foreground, of its size: 0 background … 1 foreground')),
    region: optional(list(region('Where each foreground goes; without it each covers the whole background'))),
  },
  outputs: { image: image() },
  run({ background, foreground, mask, region }, context) {
    if (foreground.length !== mask.length)
      throw new Error(`ImageComposite wants a mask for each foreground, got ${mask.length} for ${foreground.length}.`)
    const layers = layersOf(background, { mask, region }).map((layer, i) => ({ ...layer, image: foreground[i] }))
    const result = { ...background, data: background.data.slice() }
    layers.forEach((layer, i) => {
      refuseOtherSize(layer)
      if (otherProfile(layer.image, background))
        context.warn('A foreground has another colour profile than the background; its colours may look shifted.')
      blendInto(result, layer)
      context.progress(i + 1, layers.length)
    })
    return { image: result }
  },
})

function refuseOtherSize({ image, region }: { image: Image; mask: Mask; region: Region }): void {
  if (image.width === region.width && image.height === region.height) return
  throw new Error(
    `ImageComposite wants a foreground of ${region.width} × ${region.height}, the size of its mask and region, got ${image.width} × ${image.height}; resize it or link its region.`,
  )
}

const otherProfile = ({ icc }: Image, background: Image): boolean =>
  icc !== undefined && (background.icc === undefined || Buffer.compare(icc, background.icc) !== 0)
