import type { Mask, Region } from '../ports.js'
import { refuseOutside, type Size, sizeText } from './region.js'

/** A mask and where in the picture it lies. */
export interface Layer {
  readonly mask: Mask
  readonly region: Region
}

interface LayerInputs {
  readonly mask: readonly Mask[]
  readonly region?: readonly Region[] | undefined
}

/**
 * Pairs masks with their places; without places each mask covers the whole picture.
 * @throws for lists of different lengths, a mask of another size than its place, a place outside the picture.
 */
export function layersOf(picture: Size, { mask, region }: LayerInputs): Layer[] {
  if (region && region.length !== mask.length)
    throw new Error(
      `A region is wanted for each mask, got ${region.length} for ${mask.length}; link both or no regions.`,
    )
  return mask.map((one, i) => {
    const place = region?.[i] ?? { x: 0, y: 0, width: picture.width, height: picture.height }
    refuseOutside(place, picture, `Region ${i + 1}`)
    if (one.width !== place.width || one.height !== place.height)
      throw new Error(
        `Mask ${i + 1} must have the size of ${region ? 'its region' : 'the picture'}, ${sizeText(place)}, got ${sizeText(one)}; resize it or link its region.`,
      )
    return { mask: one, region: place }
  })
}
