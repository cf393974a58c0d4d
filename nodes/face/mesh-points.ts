import type { Affine, Square } from '../affine.js'
import { affineScale } from '../affine.js'
import type { Face } from '../ports.js'
import { LANDMARK } from './landmarks.js'
import { MESH_PARTS } from './mesh-regions.js'

const meshLandmarks = 468
const landmarks = 478

/** How much larger than the face the square is that the mesh is shown; MediaPipe's. */
const margin = 1.5

/**
 * Puts the attention mesh's outputs together: [468 × (x, y, z)], then lips, eyes and irises as [n × (x, y)], all in
 * pixels of the crop; answers [478 × (x, y, z)].
 */
export function joinMesh(mesh: Float32Array, parts: readonly Float32Array[]): Float32Array {
  const points = new Float32Array(landmarks * 3)
  points.set(mesh)
  MESH_PARTS.forEach(({ landmarks, depthOf }, part) => {
    const depth = depthOf && depthOf.reduce((sum, k) => sum + mesh[k * 3 + 2], 0) / depthOf.length
    landmarks.forEach((k, i) => {
      points[k * 3] = parts[part][i * 2]
      points[k * 3 + 1] = parts[part][i * 2 + 1]
      if (depth !== undefined) points[k * 3 + 2] = depth
    })
  })
  return points
}

/** Points [n × (x, y, z)] of a crop in pixels of the picture, z in the same unit. */
export function placePoints(points: Float32Array, toPicture: Affine): Float32Array {
  const [a, b, c, d, e, f] = toPicture
  const scale = affineScale(toPicture)
  const placed = new Float32Array(points.length)
  for (let i = 0; i < points.length; i += 3) {
    placed[i] = a * points[i] + b * points[i + 1] + c
    placed[i + 1] = d * points[i] + e * points[i + 1] + f
    placed[i + 2] = points[i + 2] * scale
  }
  return placed
}

/** Where to look for the mesh of a detected face: around its box, upright by the line of its eyes. */
export function squareOfFace({ box, keypoints: [left, right] }: Face): Square {
  return {
    centre: [box.x + box.width / 2, box.y + box.height / 2],
    side: Math.max(box.width, box.height) * margin,
    turn: Math.atan2(right[1] - left[1], right[0] - left[0]),
  }
}

/** Where to look again once a mesh [≥ 468 × (x, y, z)] is known: a tighter fit than a detector's box. */
export function squareOfPoints(points: Float32Array): Square {
  const [left, right] = [LANDMARK.imageLeftEyeOuter * 3, LANDMARK.imageRightEyeOuter * 3]
  const turn = Math.atan2(points[right + 1] - points[left + 1], points[right] - points[left])
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < meshLandmarks * 3; i += 3) {
    const x = points[i] * cos + points[i + 1] * sin
    const y = points[i + 1] * cos - points[i] * sin
    minX = Math.min(minX, x)
    maxX = Math.max(maxX, x)
    minY = Math.min(minY, y)
    maxY = Math.max(maxY, y)
  }
  const [x, y] = [(minX + maxX) / 2, (minY + maxY) / 2]
  return {
    centre: [x * cos - y * sin, x * sin + y * cos],
    side: Math.max(maxX - minX, maxY - minY) * margin,
    turn,
  }
}
