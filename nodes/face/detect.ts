import type { NodeContext } from '../../engine/node.js'
import { samplePixels, shrinkPixels } from '../pixels.js'
import type { Face, Image } from '../ports.js'
import { runModel } from '../sessions.js'
import type { Detector } from './anchors.js'
import { fullRange, shortRange } from './anchors.js'
import { placeFace, readDetections } from './detections.js'
import { meshOfFace } from './mesh-model.js'
import { intersectionOverUnion, mergeOverlapping } from './nms.js'
import type { Tile } from './tiles.js'
import { overlappingTiles, seenWhole, wholeTile } from './tiles.js'

/** The long side in pixels that detection works on at least: tiles of a quarter of it are as fine as the detector. */
const enough = 768

/**
 * The closer looks: at tiles of a part of the picture's long side, if none is found or any face is below a part of it.
 * Measured on pairs of faces: full range misses some of .08 beside a larger one, and finds them in tiles of a half.
 * A face larger than .2 makes a portrait, which is not looked at closer: tiles cost it more than all the rest.
 */
const closerLooks = [
  { part: 1 / 2, below: 0.2 },
  { part: 1 / 4, below: 0.04 },
]

/** What the detector is this sure of need not be confirmed by more than a leaning of the mesh; the rest must be certain. */
const clear = { detector: 0.6, meshIfClear: 0.5, meshElse: 0.95 }

/** Every face of a picture that the detectors find and the mesh confirms, largest first, in pixels of the picture. */
export async function detectFaces(image: Image, context: NodeContext): Promise<readonly Face[]> {
  const step = Math.max(1, Math.floor(Math.max(image.width, image.height) / enough))
  const small = step === 1 ? image : shrinkPixels(image, step)
  const found = await lookForFaces(small, context, async faces => {
    const kept: Face[] = []
    for (const face of faces) if (await isFace(image, placeFace(face, step, 0, 0), context)) kept.push(face)
    return kept
  })
  const faces = found.map(face => placeFace(face, step, 0, 0))
  return faces.sort((a, b) => area(b) - area(a) || a.box.x - b.box.x)
}

const area = ({ box }: Face) => box.width * box.height

/**
 * Full range first, for it takes no signs for faces; short range when that finds none, for faces that fill the picture.
 * Where faces are so small that others may have been missed, or none is found, full range looks at tiles.
 */
async function lookForFaces(
  image: Image,
  context: NodeContext,
  confirm: (faces: readonly Face[]) => Promise<readonly Face[]>,
): Promise<readonly Face[]> {
  const whole = wholeTile(image)
  let faces = await confirm(await lookAt(image, whole, fullRange(), context))
  if (faces.length === 0) faces = await confirm(await lookAt(image, whole, shortRange(), context))
  for (const { part, below } of closerLooks) {
    if (faces.length > 0 && faces.every(face => face.box.width >= whole.side * below)) break
    const seen = mergeOverlapping(await lookAtTiles(image, whole.side * part, context))
    faces = [...faces, ...(await confirm(seen.filter(face => !faces.some(known => isSame(known, face)))))]
  }
  return faces
}

const isSame = (a: Face, b: Face) => intersectionOverUnion(a.box, b.box) > 0.3

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

/** Whether the mesh, too, sees a face: it says 0 of nearly all that the detectors take for one by mistake. */
async function isFace(image: Image, face: Face, context: NodeContext): Promise<boolean> {
  const { confidence } = await meshOfFace(image, face, context)
  return confidence >= (face.confidence >= clear.detector ? clear.meshIfClear : clear.meshElse)
}
