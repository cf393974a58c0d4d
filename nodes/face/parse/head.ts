import { gaussianBlur } from '../../mask/gaussian.js'
import type { FaceMesh, Point } from '../../ports.js'
import {
  IMAGE_LEFT_BROW,
  IMAGE_LEFT_EYE,
  IMAGE_RIGHT_BROW,
  IMAGE_RIGHT_EYE,
  LANDMARK,
  LIPS_OUTER,
} from '../landmarks.js'
import { fillPolygon } from '../transplant/polygon.js'
import { convexHull } from './hull.js'
import type { View } from './view.js'
import { grid } from './view.js'

/** Where things are on a head, for each pixel of the grid [256 × 256]. */
export interface Head {
  /** 1 inside the outline of the mesh, which ends in the middle of the forehead. */
  readonly outline: Uint8Array
  /** Over 0 on eyes, brows and lips and a little around them: there colour tells neither skin nor hair. */
  readonly features: Float32Array
  /** How far down from the top of the mesh (0) to the chin (1). */
  readonly down: Float32Array
  /** How far from the middle line of the face, in lengths of the face; the cheeks of a frontal face end at about 0.4. */
  readonly aside: Float32Array
}

const meshLandmarks = 468
const featureLoops = [IMAGE_LEFT_EYE, IMAGE_RIGHT_EYE, IMAGE_LEFT_BROW, IMAGE_RIGHT_BROW, LIPS_OUTER]

/** Finds a mesh's outline, features and axes in a view. */
export function headIn(view: View, { points }: Pick<FaceMesh, 'points'>): Head {
  const at = (landmark: number) => placeInView(points, landmark, view)
  const [outline, features] = [new Uint8Array(grid * grid), new Uint8Array(grid * grid)]
  // Of all points, not of the mesh's oval: a turned face bulges over its far outline.
  const hull = convexHull(Array.from({ length: meshLandmarks }, (_, landmark) => at(landmark)))
  fillPolygon(hull, grid, grid, outline)
  for (const loop of featureLoops) fillPolygon(loop.map(at), grid, grid, features)
  const around = gaussianBlur(Float32Array.from(features), grid, grid, 2)
  return { outline, features: around, ...axes(at(LANDMARK.foreheadTop), at(LANDMARK.chin)) }
}

const placeInView = (points: Float32Array, landmark: number, { region }: View): Point => [
  ((points[landmark * 3] - region.x) / region.width) * grid,
  ((points[landmark * 3 + 1] - region.y) / region.height) * grid,
]

function axes([topX, topY]: Point, [chinX, chinY]: Point): Pick<Head, 'down' | 'aside'> {
  const [axisX, axisY] = [chinX - topX, chinY - topY]
  const square = axisX ** 2 + axisY ** 2
  const [down, aside] = [new Float32Array(grid * grid), new Float32Array(grid * grid)]
  for (let i = 0; i < grid * grid; i++) {
    const [x, y] = [(i % grid) + 0.5 - topX, Math.floor(i / grid) + 0.5 - topY]
    down[i] = (x * axisX + y * axisY) / square
    aside[i] = Math.abs(x * axisY - y * axisX) / square
  }
  return { down, aside }
}
