import type { Image, Region } from '../../ports.js'

/** Three planes of numbers, one a colour channel, each rows from the top. */
export type Planes = readonly [Float32Array, Float32Array, Float32Array]

/** The largest sample of a picture's depth: 255 or 65535. */
export const fullScale = (image: Image): number => (image.data instanceof Uint16Array ? 65535 : 255)

/** Three new planes of zeros. */
export const emptyPlanes = (pixels: number): Planes => [
  new Float32Array(pixels),
  new Float32Array(pixels),
  new Float32Array(pixels),
]

/** The mean colour (0…1) of each `step` × `step` block of a region of a picture; blocks at its ends may be smaller. */
export function shrinkImage(image: Image, region: Region, step: number): Planes {
  const [width, height] = [Math.ceil(region.width / step), Math.ceil(region.height / step)]
  const out = emptyPlanes(width * height)
  const count = new Float32Array(width * height)
  const unit = 1 / fullScale(image)
  for (let y = 0; y < region.height; y++) {
    let from = ((region.y + y) * image.width + region.x) * image.channels
    const row = Math.floor(y / step) * width
    for (let x = 0; x < region.width; x++, from += image.channels) {
      const to = row + Math.floor(x / step)
      count[to]++
      for (let c = 0; c < 3; c++) out[c][to] += image.data[from + c] * unit
    }
  }
  for (const plane of out) divideBy(plane, count)
  return out
}

/** The mean of each block of planes, counting each pixel by its weight; 0 where there is no weight. */
export function shrinkPlanes(planes: Planes, weight: Float32Array, width: number, height: number, step: number) {
  const [w, h] = [Math.ceil(width / step), Math.ceil(height / step)]
  const out = emptyPlanes(w * h)
  const sum = new Float32Array(w * h)
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / step) * w
    for (let x = 0; x < width; x++) {
      const from = y * width + x
      const amount = weight[from]
      if (amount === 0) continue
      const to = row + Math.floor(x / step)
      sum[to] += amount
      for (let c = 0; c < 3; c++) out[c][to] += amount * planes[c][from]
    }
  }
  for (const plane of out) divideBy(plane, sum)
  return { planes: out, weight: sum.map(value => value / (step * step)) }
}

function divideBy(plane: Float32Array, divisor: Float32Array): void {
  for (let i = 0; i < plane.length; i++) plane[i] = divisor[i] > 0 ? plane[i] / divisor[i] : 0
}

/** A plane that was shrunk by `step`, read back row by row at full size, interpolated: no full-size copy is made. */
export function enlargedRows(small: Float32Array, width: number, height: number, step: number) {
  const [w, h] = [Math.ceil(width / step), Math.ceil(height / step)]
  const row = new Float32Array(width)
  const blended = new Float32Array(w)
  return (y: number): Float32Array => {
    const v = Math.max(0, Math.min(h - 1, (y + 0.5) / step - 0.5))
    const upper = Math.floor(v) * w
    const lower = Math.min(h - 1, Math.floor(v) + 1) * w
    const t = v - Math.floor(v)
    for (let x = 0; x < w; x++) blended[x] = small[upper + x] * (1 - t) + small[lower + x] * t
    if (step === 1) return blended
    for (let x = 0; x < width; x++) {
      const u = Math.max(0, Math.min(w - 1, (x + 0.5) / step - 0.5))
      const left = Math.floor(u)
      const right = left + 1 < w ? left + 1 : left
      row[x] = blended[left] + (u - left) * (blended[right] - blended[left])
    }
    return row
  }
}
