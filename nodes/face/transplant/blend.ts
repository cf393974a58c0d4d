import type { Image, Region } from '../../ports.js'
import { enlarge, enlargedRows, fullScale, type Planes, shrinkPlanes } from './planes.js'
import { fillUnknown, halve, halvings, maskBands, type Plane } from './pyramid.js'

/** Where the reference keeps the finest bands of its own skin, because the source is too small to have any. */
export interface Texture {
  /** 0…1 at the study's size. */
  readonly share: Float32Array
  /** How many bands, each half as fine as the one before. */
  readonly levels: number
}

/** Turns colours into what has to be added to the reference: their difference, blended over bands of detail. */
export function blendInto(
  reference: Image,
  region: Region,
  colours: Planes,
  shown: Float32Array,
  step: number,
  texture: Texture,
): void {
  const { width, height } = region
  const mask = enlarge(shown, width, height, step)
  subtractReference(colours, reference, region)
  extendBeyond(colours, mask, width, height, step)
  const levels = Math.max(1, Math.floor(Math.log2(Math.min(width, height) / 16)))
  const masks = halvings({ width, height, data: mask }, levels)
  leaveTexture(masks, texture, step)
  for (const data of colours) maskBands({ width, height, data }, masks)
}

function leaveTexture(masks: readonly Plane[], { share, levels }: Texture, step: number): void {
  let fine = levels > 0 ? { ...masks[0], data: enlarge(share, masks[0].width, masks[0].height, step) } : masks[0]
  for (const { data } of masks.slice(0, levels)) {
    for (let i = 0; i < data.length; i++) data[i] *= 1 - fine.data[i]
    fine = halve(fine)
  }
}

function subtractReference([red, green, blue]: Planes, reference: Image, { x, y, width, height }: Region): void {
  const unit = 1 / fullScale(reference)
  const { data, channels } = reference
  for (let row = 0, i = 0; row < height; row++) {
    let at = ((y + row) * reference.width + x) * channels
    for (let column = 0; column < width; column++, i++, at += channels) {
      red[i] -= data[at] * unit
      green[i] -= data[at + 1] * unit
      blue[i] -= data[at + 2] * unit
    }
  }
}

/** Outside the mask the difference is unknown (hair, background): continue it smoothly, or it bleeds into the blend. */
function extendBeyond(colours: Planes, mask: Float32Array, width: number, height: number, step: number): void {
  const known = new Float32Array(mask.length)
  for (let i = 0; i < mask.length; i++) known[i] = Math.min(1, mask[i] * 3)
  const small = shrinkPlanes(colours, known, width, height, step)
  const size = { width: Math.ceil(width / step), height: Math.ceil(height / step) }
  for (let c = 0; c < 3; c++) {
    fillUnknown({ ...size, data: small.planes[c] }, small.weight)
    const rows = enlargedRows(small.planes[c], width, height, step)
    const plane = colours[c]
    for (let y = 0, i = 0; y < height; y++) {
      const row = rows(y)
      for (let x = 0; x < width; x++, i++) if (known[i] < 1) plane[i] = row[x] + known[i] * (plane[i] - row[x])
    }
  }
}
