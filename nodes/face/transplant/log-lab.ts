import type { Planes } from './planes.js'

/** Entries of a table over 0…1, the last one doubled so that reading between two needs no check. */
const ENTRIES = 1024

const table = (value: (t: number) => number) =>
  Float32Array.from({ length: ENTRIES + 2 }, (_, i) => value(Math.min(1, i / ENTRIES)))

const toLinear = table(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))

/** Over the root of the light, for there the curve is nearly straight and a small table is exact enough. */
const toSrgb = table(root => {
  const light = root * root
  return light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055
})

/** A value of a table at t, which is cut to 0…1, between its entries in a straight line. */
function read(values: Float32Array, t: number): number {
  const at = Math.max(0, Math.min(1, t)) * ENTRIES
  const i = Math.floor(at)
  return values[i] + (at - i) * (values[i + 1] - values[i])
}

/** Added before the logarithm: about the light of sRGB 14, below which differences are noise. */
const FLOOR = 4 / 255

/** The logarithm of light, likewise over its root. */
const logarithm = table(root => Math.log(root * root + FLOOR))

const [S3, S6, S2] = [1 / Math.sqrt(3), 1 / Math.sqrt(6), 1 / Math.sqrt(2)]

/**
 * sRGB (0…1) to Ruderman's lαβ (1998; lightness, yellow–blue, red–green of log cone responses), in place. In it a
 * change of light is a shift, which keeps shadows from turning blue as they do in CIE Lab.
 */
export function toLogLab(planes: Planes, pixels = planes[0].length, from = 0): void {
  const [p, q, s] = planes
  for (let i = from; i < from + pixels; i++) {
    const r = read(toLinear, p[i])
    const g = read(toLinear, q[i])
    const b = read(toLinear, s[i])
    const long = read(logarithm, Math.sqrt(0.3811 * r + 0.5783 * g + 0.0402 * b))
    const medium = read(logarithm, Math.sqrt(0.1967 * r + 0.7244 * g + 0.0782 * b))
    const short = read(logarithm, Math.sqrt(0.0241 * r + 0.1288 * g + 0.8444 * b))
    p[i] = (long + medium + short) * S3
    q[i] = (long + medium - 2 * short) * S6
    s[i] = (long - medium) * S2
  }
}

/**
 * The inverse of `toLogLab`, in place; what no screen can show is cut to 0…1. The matrix is the exact inverse: the one
 * usually printed is off by a hundredth, which tints blue by half a step.
 */
export function fromLogLab(planes: Planes, pixels = planes[0].length, from = 0): void {
  const [p, q, s] = planes
  for (let i = from; i < from + pixels; i++) {
    const l = p[i] * S3
    const alpha = q[i] * S6
    const beta = s[i] * S2
    const long = Math.exp(l + alpha + beta) - FLOOR
    const medium = Math.exp(l + alpha - beta) - FLOOR
    const short = Math.exp(l - 2 * alpha) - FLOOR
    p[i] = read(toSrgb, root(4.46867 * long - 3.588676 * medium + 0.119604 * short))
    q[i] = read(toSrgb, root(-1.219717 * long + 2.383088 * medium - 0.16263 * short))
    s[i] = read(toSrgb, root(0.058508 * long - 0.261078 * medium + 1.205666 * short))
  }
}

const root = (light: number) => (light > 0 ? Math.sqrt(light) : 0)
