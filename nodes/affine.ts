import type { Point } from './ports.js'

/** A map of the plane: (x, y) ↦ (a x + b y + c, d x + e y + f). Pixel centres lie at halves. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number]

/** A square that may be turned: its centre and side in pixels, its turn in radians, clockwise in the image. */
export interface Square {
  readonly centre: Point
  readonly side: number
  readonly turn: number
}

/** Where a map sends a point. */
export const applyAffine = ([a, b, c, d, e, f]: Affine, [x, y]: Point): Point => [a * x + b * y + c, d * x + e * y + f]

/** From the pixels of a size × size crop to the square of the picture that the crop shows. */
export function cropToSquare({ centre: [x, y], side, turn }: Square, size: number): Affine {
  const cos = (Math.cos(turn) * side) / size
  const sin = (Math.sin(turn) * side) / size
  const half = size / 2
  return [cos, -sin, x - half * (cos - sin), sin, cos, y - half * (sin + cos)]
}

/** By how much a map magnifies lengths, averaged over directions. */
export const affineScale = ([a, b, , d, e]: Affine): number => Math.sqrt(Math.abs(a * e - b * d))

/**
 * The turn, uniform scale and shift, without mirroring, that lay `from` on `to` with the least squared distances.
 * @throws when fewer than two points are given, or they coincide.
 */
export function fitSimilarity2(from: readonly Point[], to: readonly Point[]): Affine {
  const [fromX, fromY] = mean(from)
  const [toX, toY] = mean(to)
  let [cos, sin, spread] = [0, 0, 0]
  from.forEach(([x, y], i) => {
    const [u, v] = [x - fromX, y - fromY]
    const [p, q] = [to[i][0] - toX, to[i][1] - toY]
    cos += u * p + v * q
    sin += u * q - v * p
    spread += u * u + v * v
  })
  if (!(spread > 0)) throw new Error('Fitting points of a plane needs two that differ, got points that all coincide.')
  const [a, d] = [cos / spread, sin / spread]
  return [a, -d, toX - a * fromX + d * fromY, d, a, toY - d * fromX - a * fromY]
}

/** The centre of some points. */
export const mean = (points: readonly Point[]): Point => [
  points.reduce((sum, [x]) => sum + x, 0) / points.length,
  points.reduce((sum, [, y]) => sum + y, 0) / points.length,
]
