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

/** With a face of this part of the picture's side, the picture is a portrait, and small faces in it are passers-by. */
const large = 0.15

/** Tiles are this part of the picture's long side. */
const parts = [2, 4]

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

/** Full range first, for it takes no signs for faces; short range for those that fill the picture; then tiles. */
async function lookForFaces(image: Image, context: NodeContext): Promise<readonly Face[]> {
  const whole = wholeTile(image)
  const far = await lookAt(image, whole, fullRange(), context)
  const seen = far.length > 0 ? far : await lookAt(image, whole, shortRange(), context)
  return seen.some(face => face.box.width > whole.side * large) ? seen : lookCloser(image, seen, context)
}

/** Where no face is large, smaller ones may have been missed: full range again, on parts of the picture. */
async function lookCloser(image: Image, seen: readonly Face[], context: NodeContext): Promise<readonly Face[]> {
  const faces = [...seen]
  for (const part of parts)
    for (const tile of overlappingTiles(image, Math.max(image.width, image.height) / part)) {
      const found = await lookAt(image, tile, fullRange(), context)
      faces.push(...found.filter(face => seenWhole(face.box, tile, image)))
    }
  return mergeOverlapping(faces)
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
