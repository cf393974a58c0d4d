import type { NodeContext } from '../../engine/node.js'
import type { Square } from '../affine.js'
import { cropToSquare } from '../affine.js'
import { samplePixels } from '../pixels.js'
import type { Face, FaceMesh, Image } from '../ports.js'
import { runModel } from '../sessions.js'
import { sigmoid } from './detections.js'
import { joinMesh, placePoints, squareOfFace, squareOfPoints } from './mesh-points.js'

/** Points without a pose: what the network itself answers. */
export type RawMesh = Omit<FaceMesh, 'pose'>

const size = 192

/** The mesh of a detected face, looked at twice: the second look is upright and fits the face, not the detector's box. */
export async function meshOfFace(image: Image, face: Face, context: NodeContext): Promise<RawMesh> {
  const first = await meshInSquare(image, squareOfFace(face), context)
  return meshInSquare(image, squareOfPoints(first.points), context)
}

/** One look of the attention mesh: [1, 192, 192, 3] RGB, x / 255, the picture's border repeated. */
async function meshInSquare(image: Image, square: Square, context: NodeContext): Promise<RawMesh> {
  const toPicture = cropToSquare(square, size)
  const pixels = samplePixels(image, { width: size, height: size, toPicture, border: 'clamp' })
  const data = pixels.map(value => value / 255)
  const [mesh, ...rest] = await runModel(context, 'face-mesh', { dims: [1, size, size, 3], data })
  const parts = rest.slice(0, -1).map(part => part.data)
  return {
    points: placePoints(joinMesh(mesh.data, parts), toPicture),
    confidence: sigmoid(rest[rest.length - 1].data[0]),
  }
}
