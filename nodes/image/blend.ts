import type { Image } from '../ports.js'
import type { Layer } from './layers.js'

/** A picture over a part of another. */
export interface ImageLayer extends Layer {
  readonly image: Image
}

/**
 * Mixes a layer into the samples of `target`, in place. Pixels with mask 0 are not written. Alpha is blended like a
 * colour when both have it, and colours are weighted by it; a foreground's alpha over an opaque target weakens its
 * mask; a foreground without alpha leaves the target's as it is.
 */
export function blendInto(target: Image, { image, mask, region }: ImageLayer): void {
  const scale = unit(target) / unit(image)
  const blend = target.channels === 4 && image.channels === 4 ? blendWithAlpha : blendColour
  for (let y = 0; y < region.height; y++) {
    let to = ((region.y + y) * target.width + region.x) * target.channels
    let from = y * region.width * image.channels
    for (let i = y * region.width; i < (y + 1) * region.width; i++) {
      const weight = mask.data[i]
      // Not "=== 0": what is not a number must not reach the background either.
      if (weight > 0) blend(target, to, image, from, Math.min(weight, 1), scale)
      to += target.channels
      from += image.channels
    }
  }
}

const unit = ({ data }: Image) => (data instanceof Uint16Array ? 65535 : 255)

function blendColour(target: Image, to: number, image: Image, from: number, mask: number, scale: number): void {
  const weight = image.channels === 4 ? (mask * image.data[from + 3]) / unit(image) : mask
  for (let c = 0; c < 3; c++) {
    const below = target.data[to + c]
    target.data[to + c] = below + weight * (image.data[from + c] * scale - below) + 0.5
  }
}

function blendWithAlpha(target: Image, to: number, image: Image, from: number, mask: number, scale: number): void {
  const above = image.data[from + 3] * scale * mask
  const below = target.data[to + 3] * (1 - mask)
  const alpha = above + below
  // Where both are transparent no colour is seen; the mask alone then says whose is kept.
  const weight = alpha > 0 ? above / alpha : mask
  for (let c = 0; c < 3; c++) {
    const under = target.data[to + c]
    target.data[to + c] = under + weight * (image.data[from + c] * scale - under) + 0.5
  }
  target.data[to + 3] = alpha + 0.5
}
