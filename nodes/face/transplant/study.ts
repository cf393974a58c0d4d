import type { FaceGeometry } from '../../../models/face-geometry.js'
import { distanceInside } from '../../mask/distance.js'
import type { Image, Point, Region } from '../../ports.js'
import {
  FACE_OVAL,
  IMAGE_LEFT_BROW,
  IMAGE_LEFT_EYE,
  IMAGE_RIGHT_BROW,
  IMAGE_RIGHT_EYE,
  LANDMARK,
  LIPS_OUTER,
} from '../landmarks.js'
import { toLogLab } from './log-lab.js'
import { distanceToOutline } from './placement.js'
import { type Planes, shrinkImage, shrinkPlanes } from './planes.js'
import { fillPolygon } from './polygon.js'
import { type Mesh, warpField } from './warp.js'

/** Both faces in the same place and at a size at which looking at every pixel several times is cheap. */
export interface Study {
  readonly width: number
  readonly height: number
  /** Pixels of the crop for one of the study's, each way. */
  readonly step: number
  /** From the top of the forehead to the chin, in pixels of the study. */
  readonly faceHeight: number
  /** The reference's own face, log-lab. */
  readonly own: Planes
  /** The source's face where it was placed, log-lab. */
  readonly placed: Planes
  /** How well the placed face is known, 0…1. */
  readonly trust: Float32Array
  /** 1 inside the target's outline. */
  readonly oval: Uint8Array
  /** 1 in the eyes and lips of either face: what is not skin by nature. */
  readonly features: Uint8Array
  /** 1 in and closely around the brows and eyes of either face: dark, and yet no hair of the head. */
  readonly spared: Uint8Array
  /** Pixels of the study to the outline, 0 outside. */
  readonly depth: Float32Array
  /** Canonical centimetres to the outline, over the placed face. */
  readonly toOutline: Float32Array
  /** The place of a landmark of the placed face. */
  readonly at: (landmark: number) => Point
  /** The place of a landmark of the target's own face. */
  readonly ownAt: (landmark: number) => Point
}

/** The face is looked at with at most this many pixels from forehead to chin: enough to see strands of hair. */
const STUDY_HEIGHT = 180

/** How far lashes reach over the lids, and brows over their outline, in heights of the face. */
const LASHES = 0.05
const BROW_RIM = 0.02

/** Shrinks both faces and marks their parts. `colours` is the warped source, `trust` how well each pixel is known. */
export function studyFaces(
  reference: Image,
  region: Region,
  colours: Planes,
  trust: Float32Array,
  mesh: Mesh,
  target: Float32Array,
  geometry: FaceGeometry,
): Study {
  const fullHeight = faceHeight(target)
  const step = Math.ceil(fullHeight / STUDY_HEIGHT)
  const [width, height] = [Math.ceil(region.width / step), Math.ceil(region.height / step)]
  const locate = (points: Float32Array) => (i: number) =>
    [(points[i * 3] - region.x) / step, (points[i * 3 + 1] - region.y) / step] as const
  const own = shrinkImage(reference, region, step)
  const { planes: placed, weight } = shrinkPlanes(colours, trust, region.width, region.height, step)
  toLogLab(own)
  toLogLab(placed)
  const oval = new Uint8Array(width * height)
  fillPolygon(FACE_OVAL.map(locate(target)), width, height, oval)
  const draw = (parts: readonly (readonly number[])[]) => {
    const drawn = new Uint8Array(width * height)
    for (const part of parts)
      for (const points of [mesh.vertices, target]) fillPolygon(part.map(locate(points)), width, height, drawn)
    return drawn
  }
  const eyes = [IMAGE_LEFT_EYE, IMAGE_RIGHT_EYE]
  const features = draw([...eyes, LIPS_OUTER])
  const spared = joined(
    widened(draw(eyes), width, height, (LASHES * fullHeight) / step),
    widened(draw([IMAGE_LEFT_BROW, IMAGE_RIGHT_BROW]), width, height, (BROW_RIM * fullHeight) / step),
  )
  return {
    ...{ width, height, step, faceHeight: fullHeight / step, own, placed, trust: weight, oval, features, spared },
    depth: distanceInside(oval, width, height),
    toOutline: outlineDistance(mesh, geometry, region, step),
    at: locate(mesh.vertices),
    ownAt: locate(target),
  }
}

const joined = (a: Uint8Array, b: Uint8Array) => a.map((value, i) => value | b[i])

/** A drawing and what lies within `reach` pixels of it. */
function widened(drawn: Uint8Array, width: number, height: number, reach: number): Uint8Array {
  const blank = drawn.map(value => 1 - value)
  return Uint8Array.from(distanceInside(blank, width, height), distance => (distance <= reach ? 1 : 0))
}

function outlineDistance(mesh: Mesh, geometry: FaceGeometry, region: Region, step: number): Float32Array {
  const place = { x: 0, y: 0, width: Math.ceil(region.width / step), height: Math.ceil(region.height / step) }
  const origin = [region.x, region.y, 0]
  const vertices = mesh.vertices.map((value, i) => (value - origin[i % 3]) / step)
  return warpField({ ...mesh, vertices, trust: distanceToOutline(geometry.points) }, place).trust
}

/** From the top of the forehead to the chin, in the unit of the points; turned heads count the same. */
export const faceHeight = (points: Float32Array): number => {
  const [a, b] = [LANDMARK.foreheadTop * 3, LANDMARK.chin * 3]
  return Math.hypot(points[a] - points[b], points[a + 1] - points[b + 1], points[a + 2] - points[b + 2])
}
