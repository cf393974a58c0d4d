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
  const [red, green, blue] = emptyPlanes(width * height)
  const { data, channels } = image
  for (let y = 0; y < region.height; y++) {
    let from = ((region.y + y) * image.width + region.x) * channels
    const rows = Math.min(step, region.height - y + (y % step))
    for (let x = 0, to = Math.floor(y / step) * width; x < region.width; to++) {
      const end = Math.min(region.width, x + step)
      const share = 1 / (rows * (end - x) * fullScale(image))
      for (; x < end; x++, from += channels) {
        red[to] += data[from] * share
        green[to] += data[from + 1] * share
        blue[to] += data[from + 2] * share
      }
    }
  }
  return [red, green, blue]
}

/** The mean of each block of planes, counting each pixel by its weight; 0 where there is no weight. */
export function shrinkPlanes(planes: Planes, weight: Float32Array, width: number, height: number, step: number) {
  const [w, h] = [Math.ceil(width / step), Math.ceil(height / step)]
  const out = emptyPlanes(w * h)
  const [red, green, blue] = out
  const sum = new Float32Array(w * h)
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0, to = Math.floor(y / step) * w; x < width; to++) {
      for (const end = Math.min(width, x + step); x < end; x++, from++) {
        const amount = weight[from]
        sum[to] += amount
        red[to] += amount * planes[0][from]
        green[to] += amount * planes[1][from]
        blue[to] += amount * planes[2][from]
      }
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
  if (step === 1) return (y: number) => small.subarray(y * width, y * width + width)
  const [w, h] = [Math.ceil(width / step), Math.ceil(height / step)]
  const row = new Float32Array(width)
  // One more than there is, so that the last column has a right neighbour.
  const blended = new Float32Array(w + 1)
  const columns = Float32Array.from({ length: width }, (_, x) => Math.max(0, Math.min(w - 1, (x + 0.5) / step - 0.5)))
  return (y: number): Float32Array => {
    const v = Math.max(0, Math.min(h - 1, (y + 0.5) / step - 0.5))
    const upper = Math.floor(v) * w
    const lower = Math.min(h - 1, Math.floor(v) + 1) * w
    const t = v - Math.floor(v)
    for (let x = 0; x < w; x++) blended[x] = small[upper + x] + t * (small[lower + x] - small[upper + x])
    blended[w] = blended[w - 1]
    for (let x = 0; x < width; x++) {
      const left = columns[x] | 0
      row[x] = blended[left] + (columns[x] - left) * (blended[left + 1] - blended[left])
    }
    return row
  }
}

/** A plane that was shrunk by `step`, at full size again. */
export function enlarge(small: Float32Array, width: number, height: number, step: number): Float32Array {
  const out = new Float32Array(width * height)
  const rows = enlargedRows(small, width, height, step)
  for (let y = 0; y < height; y++) out.set(rows(y), y * width)
  return out
}
