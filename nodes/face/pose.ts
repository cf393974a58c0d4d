import type { FaceGeometry } from '../../models/face-geometry.js'
import type { Pose } from '../ports.js'
import { largestEigenvector } from './eigenvector.js'

/** Which points a fit looks at and how much: pairs of [point index, weight > 0]. */
export type PointWeights = readonly (readonly [index: number, weight: number])[]

/** p ↦ scale · rotation · p + translation. */
export interface Similarity3 {
  /** Row-major 3 × 3, determinant +1. */
  readonly rotation: Float64Array
  readonly scale: number
  readonly translation: Float64Array
}

interface Cloud {
  readonly centre: Float64Array
  /** Weighted sum of squared distances to the centre. */
  readonly spread: number
}

/**
 * The rotation, uniform scale and shift that lay `from` on `to`: both [n × (x, y, z)], Horn's closed form (1987).
 * The scale is the ratio of the spreads, so that fitting back gives the exact inverse.
 * @throws when the weighted points coincide or are not finite: then there is no rotation to be found.
 */
export function fitSimilarity3(from: Float32Array, to: Float32Array, weights: PointWeights): Similarity3 {
  const a = measure(from, weights)
  const b = measure(to, weights)
  if (!(a.spread > 0 && b.spread > 0 && Number.isFinite(a.spread + b.spread)))
    throw new Error('Fitting two sets of points needs finite points that do not all coincide, got ones that do.')
  const rotation = quaternionToMatrix(largestEigenvector(hornMatrix(from, a.centre, to, b.centre, weights)))
  const scale = Math.sqrt(b.spread / a.spread)
  const turned = rotate(rotation, a.centre[0], a.centre[1], a.centre[2])
  return { rotation, scale, translation: b.centre.map((value, k) => value - scale * turned[k]) }
}

/** Every point of [n × (x, y, z)] sent through a similarity, in a new array. */
export function applySimilarity3({ rotation, scale, translation }: Similarity3, points: Float32Array): Float32Array {
  const out = new Float32Array(points.length)
  for (let i = 0; i + 2 < points.length; i += 3) {
    const turned = rotate(rotation, points[i], points[i + 1], points[i + 2])
    for (let k = 0; k < 3; k++) out[i + k] = scale * turned[k] + translation[k]
  }
  return out
}

/**
 * Where a head points, from its mesh [≥ 468 × (x, y, z)] in pixels, compared with the canonical face. The angles are applied in the order roll, pitch, yaw.
 */
export function headPose(points: Float32Array, geometry: Pick<FaceGeometry, 'points' | 'procrustes'>): Pose {
  const { rotation } = fitSimilarity3(imageAxes(geometry.points), points, geometry.procrustes)
  const degrees = (radians: number) => (radians * 180) / Math.PI
  return {
    yaw: degrees(Math.atan2(-rotation[2], rotation[8])),
    pitch: degrees(Math.asin(Math.max(-1, Math.min(1, -rotation[5])))),
    roll: degrees(Math.atan2(rotation[3], rotation[4])),
  }
}

/** The canonical face with the axes of an image: y down, and z smaller where it is nearer. */
export const imageAxes = (canonical: Float32Array): Float32Array =>
  canonical.map((value, i) => (i % 3 === 0 ? value : -value))

function measure(points: Float32Array, weights: PointWeights): Cloud {
  const centre = new Float64Array(3)
  let total = 0
  for (const [index, weight] of weights) {
    total += weight
    for (let k = 0; k < 3; k++) centre[k] += weight * points[index * 3 + k]
  }
  for (let k = 0; k < 3; k++) centre[k] /= total
  let spread = 0
  for (const [index, weight] of weights)
    for (let k = 0; k < 3; k++) spread += weight * (points[index * 3 + k] - centre[k]) ** 2
  return { centre, spread }
}

/** Horn's symmetric 4 × 4 matrix, whose eigenvector of the largest eigenvalue is the wanted quaternion. */
function hornMatrix(
  from: Float32Array,
  fromCentre: Float64Array,
  to: Float32Array,
  toCentre: Float64Array,
  weights: PointWeights,
): number[][] {
  const s = new Float64Array(9)
  for (const [index, weight] of weights)
    for (let r = 0; r < 3; r++)
      for (let c = 0; c < 3; c++)
        s[r * 3 + c] += weight * (from[index * 3 + r] - fromCentre[r]) * (to[index * 3 + c] - toCentre[c])
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = s
  return [
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, -xx + yy - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, -xx - yy + zz],
  ]
}

function quaternionToMatrix([w, x, y, z]: readonly number[]): Float64Array {
  return Float64Array.of(
    w * w + x * x - y * y - z * z,
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    w * w - x * x + y * y - z * z,
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    w * w - x * x - y * y + z * z,
  )
}

const rotate = (r: Float64Array, x: number, y: number, z: number) => [
  r[0] * x + r[1] * y + r[2] * z,
  r[3] * x + r[4] * y + r[5] * z,
  r[6] * x + r[7] * y + r[8] * z,
]
