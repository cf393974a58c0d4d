import type { Image, Region } from '../../ports.js'
import { emptyPlanes, fullScale, type Planes } from './planes.js'
import type { WarpField } from './warp.js'

/** A part of a picture, perhaps made smaller: RGB interleaved, 0…1. */
export interface Texture {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
  /** Where it was taken, and its pixels for one of the picture's. */
  readonly region: Region
  readonly ratioX: number
  readonly ratioY: number
}

/** Below this magnification the source is made smaller first, or its fine detail would alias. */
const SHRINK_BELOW = 0.75
/** How much finer than needed the smaller source stays, so that sampling it costs no sharpness. */
const RESERVE = 1.1

/** A texture seen through a warp: planes of 0…1, zero where the warp trusts nothing. Bicubic (Catmull–Rom). */
export function sampleTexture(texture: Texture, field: WarpField): Planes {
  const { region } = texture
  const out = emptyPlanes(field.trust.length)
  for (let i = 0; i < field.trust.length; i++) {
    if (field.trust[i] === 0) continue
    const x = (field.x[i] - region.x) * texture.ratioX - 0.5
    const y = (field.y[i] - region.y) * texture.ratioY - 0.5
    bicubic(texture, x, y, out, i)
  }
  return out
}

/** The region of a picture, made smaller if it will be shown so: `scale` is the size it will have over its own. */
export function takeTexture(source: Image, region: Region, scale: number): Texture {
  const ratio = scale < SHRINK_BELOW ? scale * RESERVE : 1
  const width = Math.max(1, Math.round(region.width * ratio))
  const height = Math.max(1, Math.round(region.height * ratio))
  const across = areaWeights(region.width, width)
  const down = areaWeights(region.height, height)
  const data = new Float32Array(width * height * 3)
  const row = new Float32Array(width * 3)
  for (let y = 0; y < region.height; y++) {
    shrinkRow(source, region, y, across, row)
    for (let k = 0; k < 2; k++) {
      const amount = down.weight[y * 2 + k]
      const to = (down.index[y] + k) * width * 3
      if (amount > 0) for (let i = 0; i < row.length; i++) data[to + i] += amount * row[i]
    }
  }
  return { width, height, data, region, ratioX: width / region.width, ratioY: height / region.height }
}

interface AreaWeights {
  /** Of each old pixel, the first new pixel it falls on. */
  readonly index: Uint32Array
  /** Of each old pixel, its part in that new pixel and in the next. */
  readonly weight: Float32Array
}

/** Area averaging of a line to as many or fewer pixels: an old pixel touches at most two new ones. */
function areaWeights(from: number, to: number): AreaWeights {
  const ratio = to / from
  const index = new Uint32Array(from)
  const weight = new Float32Array(from * 2)
  for (let i = 0; i < from; i++) {
    index[i] = Math.min(to - 1, Math.floor(i * ratio + 1e-9))
    const inNext = Math.max(0, (i + 1) * ratio - (index[i] + 1))
    const next = index[i] + 1 < to && inNext > 1e-6 ? inNext : 0
    weight[i * 2] = ratio - next
    weight[i * 2 + 1] = next
  }
  return { index, weight }
}

function shrinkRow(source: Image, region: Region, y: number, across: AreaWeights, row: Float32Array): void {
  const unit = 1 / fullScale(source)
  row.fill(0)
  let from = ((region.y + y) * source.width + region.x) * source.channels
  for (let x = 0; x < region.width; x++, from += source.channels) {
    const to = across.index[x] * 3
    const here = across.weight[x * 2] * unit
    const next = across.weight[x * 2 + 1] * unit
    for (let c = 0; c < 3; c++) row[to + c] += here * source.data[from + c]
    if (next > 0) for (let c = 0; c < 3; c++) row[to + 3 + c] += next * source.data[from + c]
  }
}

/** Catmull–Rom weights of the four samples around a fraction t. */
const weight0 = (t: number) => ((-0.5 * t + 1) * t - 0.5) * t
const weight1 = (t: number) => (1.5 * t - 2.5) * t * t + 1
const weight2 = (t: number) => ((-1.5 * t + 2) * t + 0.5) * t
const weight3 = (t: number) => (0.5 * t - 0.5) * t * t

/** One sample written to pixel `i` of the planes. Plain numbers throughout: this runs for every pixel of a face. */
function bicubic({ data, width, height }: Texture, x: number, y: number, out: Planes, i: number): void {
  const left = Math.floor(x)
  const top = Math.floor(y)
  const u = x - left
  const v = y - top
  const c0 = 3 * inside(left - 1, width)
  const c1 = 3 * inside(left, width)
  const c2 = 3 * inside(left + 1, width)
  const c3 = 3 * inside(left + 2, width)
  const u0 = weight0(u)
  const u1 = weight1(u)
  const u2 = weight2(u)
  const u3 = weight3(u)
  let r = 0
  let g = 0
  let b = 0
  for (let k = -1; k <= 2; k++) {
    const row = inside(top + k, height) * width * 3
    const amount = k < 1 ? (k < 0 ? weight0(v) : weight1(v)) : k < 2 ? weight2(v) : weight3(v)
    r += amount * (u0 * data[row + c0] + u1 * data[row + c1] + u2 * data[row + c2] + u3 * data[row + c3])
    g +=
      amount * (u0 * data[row + c0 + 1] + u1 * data[row + c1 + 1] + u2 * data[row + c2 + 1] + u3 * data[row + c3 + 1])
    b +=
      amount * (u0 * data[row + c0 + 2] + u1 * data[row + c1 + 2] + u2 * data[row + c2 + 2] + u3 * data[row + c3 + 2])
  }
  out[0][i] = Math.max(0, Math.min(1, r))
  out[1][i] = Math.max(0, Math.min(1, g))
  out[2][i] = Math.max(0, Math.min(1, b))
}

const inside = (at: number, size: number) => Math.max(0, Math.min(size - 1, at))
