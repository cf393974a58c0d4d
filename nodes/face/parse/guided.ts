import type { Image, Mask } from '../../ports.js'
import type { View } from './view.js'
import { grid } from './view.js'

/** Per pixel of the grid, mask = slope · luma + offset: how the mask follows the picture's edges. */
interface Follow {
  readonly slope: Float32Array
  readonly offset: Float32Array
}

/** Windows of 5 × 5 pixels of the grid. */
const radius = 2
/** Differences in luma, squared, below which an edge is taken for noise. */
const noise = 1e-3

/**
 * Lays a mask of the grid [256 × 256] on a mask of the whole picture, where it is larger than what is there. On the way
 * to the picture's resolution its edges find the picture's own, by the fast guided filter (He and Sun 2015).
 */
export function layMask(values: Float32Array, view: View, image: Image, onto: Mask): void {
  const follow = smooth(fitWindows(values, view.luma))
  const { region } = view
  const columns = placesOf(region.width)
  const rows = placesOf(region.height)
  const [slope, offset] = [new Float32Array(grid), new Float32Array(grid)]
  for (let y = 0; y < region.height; y++) {
    const [top, bottom] = [rows.first[y] * grid, rows.second[y] * grid]
    let isEmpty = true
    for (let k = 0; k < grid; k++) {
      slope[k] = mix(follow.slope[top + k], follow.slope[bottom + k], rows.part[y])
      offset[k] = mix(follow.offset[top + k], follow.offset[bottom + k], rows.part[y])
      if (slope[k] !== 0 || offset[k] !== 0) isEmpty = false
    }
    if (isEmpty) continue
    layRow({ slope, offset }, columns, image, (region.y + y) * image.width + region.x, onto.data)
  }
}

function layRow({ slope, offset }: Follow, columns: Places, image: Image, row: number, onto: Float32Array): void {
  const { first, second, part } = columns
  for (let x = 0; x < first.length; x++) {
    const a = mix(slope[first[x]], slope[second[x]], part[x])
    const b = mix(offset[first[x]], offset[second[x]], part[x])
    // Most of a mask is flat: there the picture need not be read.
    if (a === 0 && b === 0) continue
    const value = a === 0 ? b : a * lumaAt(image, row + x) + b
    if (value > onto[row + x]) onto[row + x] = Math.min(value, 1)
  }
}

const mix = (from: number, to: number, part: number) => from + (to - from) * part

/** Of each pixel along a side: the two lines of the grid that it lies between, and how far it is from the first. */
interface Places {
  readonly first: Uint8Array
  readonly second: Uint8Array
  readonly part: Float32Array
}

function placesOf(length: number): Places {
  const [first, second, part] = [new Uint8Array(length), new Uint8Array(length), new Float32Array(length)]
  for (let i = 0; i < length; i++) {
    const place = Math.max(0, Math.min(grid - 1, ((i + 0.5) / length) * grid - 0.5))
    first[i] = Math.floor(place)
    second[i] = Math.min(grid - 1, first[i] + 1)
    part[i] = place - first[i]
  }
  return { first, second, part }
}

/** In each window, the line that explains the mask best by luma. */
function fitWindows(values: Float32Array, luma: Float32Array): Follow {
  const follow = emptyFollow()
  for (let y = 0; y < grid; y++)
    for (let x = 0; x < grid; x++) {
      const centre = y * grid + x
      let count = 0
      let sumL = 0
      let sumV = 0
      let sumLL = 0
      let sumLV = 0
      let isFlat = true
      for (let j = Math.max(0, y - radius); j <= Math.min(grid - 1, y + radius); j++)
        for (let i = Math.max(0, x - radius); i <= Math.min(grid - 1, x + radius); i++) {
          const l = luma[j * grid + i]
          const v = values[j * grid + i]
          count++
          sumL += l
          sumV += v
          sumLL += l * l
          sumLV += l * v
          if (v !== values[centre]) isFlat = false
        }
      const covariance = sumLV / count - (sumL / count) * (sumV / count)
      const variance = sumLL / count - (sumL / count) ** 2
      // What is flat stays so to the bit: a mask that is 0 must not become almost 0.
      follow.slope[centre] = isFlat ? 0 : covariance / (variance + noise)
      follow.offset[centre] = isFlat ? values[centre] : (sumV - follow.slope[centre] * sumL) / count
    }
  return follow
}

/** Every pixel belongs to many windows: their mean speaks for it. */
function smooth({ slope, offset }: Follow): Follow {
  const follow = emptyFollow()
  for (let y = 0; y < grid; y++)
    for (let x = 0; x < grid; x++) {
      let count = 0
      let a = 0
      let b = 0
      for (let j = Math.max(0, y - radius); j <= Math.min(grid - 1, y + radius); j++)
        for (let i = Math.max(0, x - radius); i <= Math.min(grid - 1, x + radius); i++) {
          count++
          a += slope[j * grid + i]
          b += offset[j * grid + i]
        }
      follow.slope[y * grid + x] = a / count
      follow.offset[y * grid + x] = b / count
    }
  return follow
}

const emptyFollow = (): Follow => ({ slope: new Float32Array(grid * grid), offset: new Float32Array(grid * grid) })

/** The luma of a pixel, 0…1, on black where the picture is transparent. */
function lumaAt({ data, channels }: Image, pixel: number): number {
  const full = data.BYTES_PER_ELEMENT === 2 ? 65535 : 255
  const k = pixel * channels
  const luma = (0.299 * data[k] + 0.587 * data[k + 1] + 0.114 * data[k + 2]) / full
  return channels === 4 ? (luma * data[k + 3]) / full : luma
}
