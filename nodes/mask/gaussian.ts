import { transpose } from './transpose.js'

/** Rounds to multiples of 2^-24 when added and taken away again, because a double of this size has no finer steps. */
const COARSE = 1.5 * 2 ** 28

/**
 * Blurs a plane as Pillow's `GaussianBlur(radius = sigma)` does: three extended box blurs along each axis, edges
 * repeated, the cost of a pixel independent of sigma. Rounded to 8 bits it is Pillow's within 1, because Pillow
 * rounds after each pass. Sigma in pixels, 0 copies. Source: Gwosdek et al. 2011; libImaging/BoxBlur.c for the facts.
 */
export function gaussianBlur(plane: Float32Array, width: number, height: number, sigma: number): Float32Array {
  if (!(sigma > 0)) return plane.slice()
  const radius = boxRadius(sigma)
  const rows = transpose(blurRows(plane, width, height, radius), width, height)
  return transpose(blurRows(rows, height, width, radius), height, width)
}

/** How far, in pixels, a value spreads in a blur of this sigma: three boxes of whole radius plus one fractional pixel. */
export const gaussianReach = (sigma: number): number => (sigma > 0 ? 3 * (Math.floor(boxRadius(sigma)) + 1) : 0)

/** The fractional radius of the box that has, applied three times, the variance sigma². */
function boxRadius(sigma: number): number {
  const variance = (sigma * sigma) / 3
  const whole = Math.floor((Math.sqrt(12 * variance + 1) - 1) / 2)
  const over = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance)
  return whole + over / (6 * (variance - (whole + 1) ** 2))
}

function blurRows(plane: Float32Array, width: number, height: number, radius: number): Float32Array {
  const out = new Float32Array(plane.length)
  const reach = 3 * (Math.floor(radius) + 1)
  const scratch = [new Float64Array(width + reach), new Float64Array(width + reach)] as const
  for (let start = 0; start < width * height; start += width) {
    const row = plane.subarray(start, start + width)
    const target = out.subarray(start, start + width)
    // Most rows of a mask are constant but for a stretch: only that and what it reaches needs arithmetic.
    const first = Math.max(0, firstChange(row) - reach)
    const last = Math.min(width, lastChange(row) + reach)
    target.fill(coarse(row[0]), 0, first).fill(coarse(row[width - 1]), last)
    if (first < last) blurLine(row.subarray(first, last), target.subarray(first, last), radius, scratch)
  }
  return out
}

const coarse = (value: number): number => value + COARSE - COARSE

/** The first pixel that differs from the left end; the width when there is none. */
function firstChange(row: Float32Array): number {
  let x = 1
  while (x < row.length && row[x] === row[0]) x++
  return x
}

/** One past the last pixel that differs from the right end; 0 when there is none. */
function lastChange(row: Float32Array): number {
  let x = row.length - 1
  while (x > 0 && row[x - 1] === row[row.length - 1]) x--
  return x
}
function blurLine(row: Float32Array, out: Float32Array, radius: number, scratch: readonly Float64Array[]): void {
  const margin = Math.floor(radius) + 1
  let [line, next] = scratch.map(buffer => buffer.subarray(0, row.length + 2 * margin))
  // Sums are exact on multiples of 2^-24: without it the running sum leaves dust of 1e-17 where the mask is 0, and
  // a pixel of the background would no longer count as background.
  for (let x = 0; x < row.length; x++) line[margin + x] = coarse(row[x])
  for (let pass = 0; pass < 3; pass++) {
    repeatEdges(line, margin)
    boxBlur(line, next, margin, radius)
    ;[line, next] = [next, line]
  }
  for (let x = 0; x < row.length; x++) out[x] = line[margin + x]
}

function repeatEdges(line: Float64Array, margin: number): void {
  line.fill(line[margin], 0, margin)
  line.fill(line[line.length - margin - 1], line.length - margin)
}

/** One pass: the whole box counts fully, the pixel before and the pixel after it by the fraction of the radius. */
function boxBlur(line: Float64Array, out: Float64Array, margin: number, radius: number): void {
  const span = 2 * margin
  const full = 1 / (2 * radius + 1)
  const edge = (1 - (2 * margin - 1) * full) / 2
  let sum = 0
  for (let i = 1; i < span; i++) sum += line[i]
  const last = line.length - span
  for (let i = 0; i < last; i++) {
    out[i + margin] = full * sum + edge * (line[i] + line[i + span]) + COARSE - COARSE
    sum += line[i + span] - line[i + 1]
  }
}
