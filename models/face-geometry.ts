import { readEmbedded } from './embedded.js'
import { readFloats, readIntegers, readMessages } from './protobuf.js'

/** MediaPipe's canonical face: what a mesh of 468 landmarks looks like from in front, and how to fit poses to it. */
export interface FaceGeometry {
  /** [468 × (x, y, z)] in centimetres: x to the image's right, y up, z towards the camera; the nose tip is point 1. */
  readonly points: Float32Array
  /** [898 × 3] indices into the landmarks; counter-clockwise seen from outside. */
  readonly triangles: Uint16Array
  /** The 33 landmarks by which a pose is fitted, with their weights. */
  readonly procrustes: readonly (readonly [landmark: number, weight: number])[]
}

const landmarks = 468
const triangleCount = 898

/** The canonical face that ships with the program. */
export const faceGeometry = async (): Promise<FaceGeometry> => parseFaceGeometry(await readEmbedded('face-geometry'))

/**
 * Reads a GeometryPipelineMetadata: field 1 the mesh (3: x y z u v of each point, 4: indices), fields 2 the weights
 * (1: landmark, 2: weight).
 * @throws when it is not a mesh of 468 points and 898 triangles.
 */
export function parseFaceGeometry(bytes: Uint8Array): FaceGeometry {
  const [mesh = new Uint8Array()] = readMessages(bytes, 1)
  const vertices = readFloats(mesh, 3)
  const triangles = Uint16Array.from(readIntegers(mesh, 4))
  if (vertices.length !== landmarks * 5 || triangles.length !== triangleCount * 3) {
    throw new Error(
      `The face geometry must have ${landmarks} points and ${triangleCount} triangles, got ${vertices.length / 5} and ${triangles.length / 3}. Install the package anew.`,
    )
  }
  const points = vertices.filter((_, index) => index % 5 < 3)
  return { points, triangles, procrustes: readMessages(bytes, 2).map(procrustesWeight) }
}

function procrustesWeight(basis: Uint8Array): readonly [number, number] {
  // A landmark of 0 is left out of the file, as protobuf does with zeros.
  return [readIntegers(basis, 1)[0] ?? 0, readFloats(basis, 2)[0] ?? 0]
}
