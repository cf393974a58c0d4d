import type { NodeContext } from '../../engine/node.js'
import { samplePixels, shrinkPixels } from '../pixels.js'
import type { Face, Image } from '../ports.js'
import { runModel } from '../sessions.js'
import type { Detector } from './anchors.js'
import { fullRange, shortRange } from './anchors.js'
import { placeFace, readDetections } from './detections.js'
import { meshOfFace } from './mesh-model.js'
import { mergeOverlapping } from './nms.js'
import type { Tile } from './tiles.js'
import { overlappingTiles, seenWhole, wholeTile } from './tiles.js'

/** The long side in pixels that detection works on at least: tiles of a quarter of it are as fine as the detector. */
const enough = 768

/**
 * The part of a square's side from which full range finds a face reliably. Measured on five faces put into larger and
 * larger pictures: all found from .06 on, two of five at .04.
 */
const reliable = 0.08

/** The closer looks: tiles are these parts of the picture's long side. */
const closerLooks = [1 / 2, 1 / 4]

/** The mesh's certainty below which a detected face is dropped. */
const sure = 0.5

/** Every face of a picture that the detectors find and the mesh confirms, largest first, in pixels of the picture. */
export async function detectFaces(image: Image, context: NodeContext): Promise<readonly Face[]> {
  const step = Math.max(1, Math.floor(Math.max(image.width, image.height) / enough))
  const small = step === 1 ? image : shrinkPixels(image, step)
  const found = await lookForFaces(small, context)
  const faces: Face[] = []
  for (const face of found) {
    const placed = placeFace(face, step, 0, 0)
    if (await isFace(image, placed, context)) faces.push(placed)
  }
  return faces.sort((a, b) => area(b) - area(a) || a.box.x - b.box.x)
}

const area = ({ box }: Face) => box.width * box.height

/**
 * Full range first, for it takes no signs for faces; short range when that finds none, for faces that fill the picture.
 * Where faces are so small that others may have been missed, or none is found, full range looks at tiles.
 */
async function lookForFaces(image: Image, context: NodeContext): Promise<readonly Face[]> {
  const whole = wholeTile(image)
  let faces = await lookAt(image, whole, fullRange(), context)
  if (faces.length === 0) faces = await lookAt(image, whole, shortRange(), context)
  let { side } = whole
  for (const part of closerLooks) {
    if (faces.length > 0 && faces.every(face => face.box.width >= side * reliable)) break
    side = whole.side * part
    faces = mergeOverlapping([...faces, ...(await lookAtTiles(image, side, context))])
  }
  return faces
}

async function lookAtTiles(image: Image, side: number, context: NodeContext): Promise<readonly Face[]> {
  const faces: Face[] = []
  for (const tile of overlappingTiles(image, side)) {
    const found = await lookAt(image, tile, fullRange(), context)
    faces.push(...found.filter(face => seenWhole(face.box, tile, image)))
  }
  return faces
}

/** One look of a detector at a square of the picture, black where it reaches beyond. */
async function lookAt(image: Image, tile: Tile, detector: Detector, context: NodeContext): Promise<readonly Face[]> {
  context.signal.throwIfAborted()
  const { model, size } = detector
  const scale = tile.side / size
  const toPicture = [scale, 0, tile.x, 0, scale, tile.y] as const
  const pixels = samplePixels(image, { width: size, height: size, toPicture, border: 'zero' })
  const data = pixels.map(value => value / 127.5 - 1)
  const outputs = await runModel(context, model, { dims: [1, size, size, 3], data })
  const [regressors, logits] = outputs.map(output => output.data)
  const faces = mergeOverlapping(readDetections(detector, regressors, logits))
  return faces.map(face => placeFace(face, tile.side, tile.x, tile.y))
}

/** Whether the mesh, too, sees a face: it takes things for faces that the detectors do not, and the other way round. */
async function isFace(image: Image, face: Face, context: NodeContext): Promise<boolean> {
  const { confidence } = await meshOfFace(image, face, context)
  return confidence >= sure
}
