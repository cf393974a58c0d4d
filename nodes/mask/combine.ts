import type { Mask } from '../ports.js'

export type Combination = 'union' | 'intersect' | 'subtract'

/**
 * Joins two masks pixel by pixel: the larger value, the smaller value, or the first as far as the second leaves it.
 * @throws for masks of different sizes.
 */
export function combineMasks(mask: Mask, other: Mask, how: Combination): Float32Array {
  if (mask.width !== other.width || mask.height !== other.height)
    throw new Error(
      `Masks to combine must be of one size, got ${mask.width} × ${mask.height} and ${other.width} × ${other.height}; make both from the same picture.`,
    )
  const b = other.data
  if (how === 'union') return mask.data.map((value, i) => Math.max(value, b[i]))
  if (how === 'intersect') return mask.data.map((value, i) => Math.min(value, b[i]))
  return mask.data.map((value, i) => Math.min(value, 1 - b[i]))
}
