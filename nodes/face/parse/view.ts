import type { NodeContext } from '../../../engine/node.js'
import { samplePixels } from '../../pixels.js'
import type { FaceMesh, Image, Region } from '../../ports.js'
import { runModel } from '../../sessions.js'
import { FACE_OVAL } from '../landmarks.js'

/** Width and height that a part of a picture is parsed at: the segmentation network's own. */
export const grid = 256

/** A part of a picture, stretched to the grid. */
export interface View {
  readonly region: Region
  /** [256 × 256 × 3] RGB, 0…255. */
  readonly pixels: Float32Array
  /** [256 × 256] luma, 0…1. */
  readonly luma: Float32Array
  /** [256 × 256] how probably a pixel shows a person, 0…1. */
  readonly person: Float32Array
}

/** Looks at a part of a picture with selfie_segmentation: [1, 256, 256, 3] RGB, x / 255 in, [1, 256, 256, 1] out. */
export async function viewOf(image: Image, region: Region, context: NodeContext): Promise<View> {
  const toPicture = [region.width / grid, 0, region.x, 0, region.height / grid, region.y] as const
  const pixels = samplePixels(image, { width: grid, height: grid, toPicture, border: 'clamp' })
  const data = pixels.map(value => value / 255)
  const [person] = await runModel(context, 'selfie-segmentation', { dims: [1, grid, grid, 3], data })
  return { region, pixels, luma: lumaOf(pixels), person: person.data.map(decided) }
}

/** A network is never quite certain; what it is all but certain of is taken for 0 or 1, and 0 means untouched. */
const decided = (value: number) => Math.max(0, Math.min(1, (value - 0.05) / 0.9))

function lumaOf(pixels: Float32Array): Float32Array {
  const luma = new Float32Array(pixels.length / 3)
  for (let i = 0; i < luma.length; i++)
    luma[i] = (0.299 * pixels[i * 3] + 0.587 * pixels[i * 3 + 1] + 0.114 * pixels[i * 3 + 2]) / 255
  return luma
}

/** The part of a picture in which the hair of a face is looked for: one face to either side and above, 1½ below. */
export function headRegion({ points }: Pick<FaceMesh, 'points'>, { width, height }: Image): Region {
  const xs = FACE_OVAL.map(k => points[k * 3])
  const ys = FACE_OVAL.map(k => points[k * 3 + 1])
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  const side = Math.max(right - left, bottom - top)
  const x = Math.max(0, Math.floor(left - side))
  const y = Math.max(0, Math.floor(top - side))
  return {
    x,
    y,
    width: Math.max(1, Math.min(width, Math.ceil(right + side)) - x),
    height: Math.max(1, Math.min(height, Math.ceil(bottom + 1.5 * side)) - y),
  }
}

/** The people of a view, fading out towards those of its sides that are not the picture's own, for it saw only a part. */
export function fadedPeople({ person, region }: View, { width, height }: Image): Float32Array {
  const fade = (near: boolean, steps: number) => (near ? 1 : Math.min(1, (steps + 0.5) / (grid / 8)))
  return person.map((value, i) => {
    const [x, y] = [i % grid, Math.floor(i / grid)]
    const left = fade(region.x === 0, x)
    const right = fade(region.x + region.width >= width, grid - 1 - x)
    const top = fade(region.y === 0, y)
    const bottom = fade(region.y + region.height >= height, grid - 1 - y)
    return value * Math.min(left, right, top, bottom)
  })
}
