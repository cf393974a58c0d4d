import type { Affine } from './affine.js'
import { affineScale, applyAffine } from './affine.js'
import type { Image, Region } from './ports.js'

/** What a network is shown of a picture: `toPicture` says where in the picture each pixel of the crop lies. */
export interface Crop {
  readonly width: number
  readonly height: number
  readonly toPicture: Affine
  /** What lies beyond the picture: black, or its border pixels again. */
  readonly border: 'zero' | 'clamp'
}

/** Means of step × step pixels of a region: [height × width × 3] RGB, 0…255. */
interface Cells {
  readonly region: Region
  readonly step: number
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

/**
 * A part of a picture, turned and scaled: [height × width × 3] RGB, 0…255, of pictures with 8 or 16 bits alike;
 * what is transparent is seen on black. Bilinear; where the picture is made smaller, every pixel of it is averaged in.
 */
export function samplePixels(image: Image, crop: Crop): Float32Array {
  const scale = affineScale(crop.toPicture)
  const step = Math.max(1, Math.round(scale))
  const cells = readCells(image, regionOf(image, crop), step)
  // Samples up to a quarter further apart than the cells are miss none of them, being bilinear. They are further apart
  // only where the picture is made smaller by less than a half and its pixels are the cells: then 2 × 2 are taken.
  return sampleCells(cells, crop, scale / step > 1.25 ? 2 : 1)
}

/** A picture made smaller by a whole number: each pixel the mean of step × step, 8-bit RGB, on black where transparent. */
export function shrinkPixels(image: Image, step: number): Image {
  const whole = { x: 0, y: 0, width: image.width, height: image.height }
  const { width, height, data } = readCells(image, whole, step)
  // The clamped kind rounds by itself.
  return { width, height, channels: 3, data: new Uint8Array(Uint8ClampedArray.from(data).buffer) }
}

/** The pixels that a crop can touch, at least one of them. */
function regionOf(image: Image, { width, height, toPicture }: Crop): Region {
  const corners = (
    [
      [0, 0],
      [width, 0],
      [0, height],
      [width, height],
    ] as const
  ).map(p => applyAffine(toPicture, p))
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)]
  const [x, right] = span(xs, image.width)
  const [y, bottom] = span(ys, image.height)
  return { x, y, width: right - x, height: bottom - y }
}

function span(values: readonly number[], end: number): readonly [number, number] {
  const from = Math.max(0, Math.min(end - 1, Math.floor(Math.min(...values)) - 1))
  return [from, Math.max(from + 1, Math.min(end, Math.ceil(Math.max(...values)) + 1))]
}

function readCells(image: Image, region: Region, step: number): Cells {
  const [width, height] = [Math.ceil(region.width / step), Math.ceil(region.height / step)]
  const data = new Float32Array(width * height * 3)
  const unit = image.data instanceof Uint16Array ? 1 / 257 : 1
  const sums = new Float64Array(width * 3)
  for (let y = 0; y < height; y++) {
    const rows = Math.min(step, region.height - y * step)
    sums.fill(0)
    for (let k = 0; k < rows; k++) addRow(image, region, y * step + k, step, sums)
    for (let x = 0; x < width; x++) {
      const share = unit / (rows * Math.min(step, region.width - x * step))
      for (let c = 0; c < 3; c++) data[(y * width + x) * 3 + c] = sums[x * 3 + c] * share
    }
  }
  return { region, step, width, height, data }
}

function addRow(image: Image, region: Region, y: number, step: number, sums: Float64Array): void {
  const start = ((region.y + y) * image.width + region.x) * image.channels
  const end = start + region.width * image.channels
  if (image.channels === 4) addTransparent(image.data, start, end, step * 4, sums)
  else addOpaque(image.data, start, end, step * 3, sums)
}

function addOpaque(data: Image['data'], start: number, end: number, cell: number, sums: Float64Array): void {
  let at = start
  for (let to = 0; at < end; to += 3) {
    const cellEnd = Math.min(end, at + cell)
    // Variables of their own: an addition to `sums` for every pixel takes three times as long, and so does taking
    // the three out of an array.
    let r = 0
    let g = 0
    let b = 0
    for (; at < cellEnd; at += 3) {
      r += data[at]
      g += data[at + 1]
      b += data[at + 2]
    }
    sums[to] += r
    sums[to + 1] += g
    sums[to + 2] += b
  }
}

function addTransparent(data: Image['data'], start: number, end: number, cell: number, sums: Float64Array): void {
  const opaque = data instanceof Uint16Array ? 65535 : 255
  let at = start
  for (let to = 0; at < end; to += 3) {
    const cellEnd = Math.min(end, at + cell)
    let r = 0
    let g = 0
    let b = 0
    for (; at < cellEnd; at += 4) {
      const alpha = data[at + 3]
      r += data[at] * alpha
      g += data[at + 1] * alpha
      b += data[at + 2] * alpha
    }
    sums[to] += r / opaque
    sums[to + 1] += g / opaque
    sums[to + 2] += b / opaque
  }
}

function sampleCells(cells: Cells, { width, height, toPicture, border }: Crop, samples: number): Float32Array {
  const { region, step } = cells
  const [a, b, c, d, e, f] = toPicture
  const out = new Float32Array(width * height * 3)
  const share = 1 / samples ** 2
  for (let i = 0; i < width * height * samples ** 2; i++) {
    const pixel = Math.floor(i * share)
    const k = i - pixel * samples ** 2
    const x = (pixel % width) + ((k % samples) + 0.5) / samples
    const y = Math.floor(pixel / width) + (Math.floor(k / samples) + 0.5) / samples
    const cellX = (a * x + b * y + c - region.x) / step - 0.5
    const cellY = (d * x + e * y + f - region.y) / step - 0.5
    addBilinear(cells, cellX, cellY, border === 'clamp', share, out, pixel * 3)
  }
  return out
}

/** Adds a share of the colour at a place between four cells; those outside count as black, or as the border. */
function addBilinear(
  { width, height, data }: Cells,
  x: number,
  y: number,
  clamp: boolean,
  share: number,
  out: Float32Array,
  to: number,
): void {
  const left = Math.floor(x)
  const top = Math.floor(y)
  for (let k = 0; k < 4; k++) {
    const right = k & 1
    const lower = k >> 1
    let cx = left + right
    let cy = top + lower
    if (clamp) {
      cx = Math.max(0, Math.min(width - 1, cx))
      cy = Math.max(0, Math.min(height - 1, cy))
    } else if (cx < 0 || cy < 0 || cx >= width || cy >= height) continue
    const weight = share * (right ? x - left : 1 - x + left) * (lower ? y - top : 1 - y + top)
    const from = (cy * width + cx) * 3
    out[to] += weight * data[from]
    out[to + 1] += weight * data[from + 1]
    out[to + 2] += weight * data[from + 2]
  }
}
