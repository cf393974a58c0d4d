import { distanceInside } from '../../mask/distance.js'
import { gaussianBlur } from '../../mask/gaussian.js'
import { IMAGE_LEFT_BROW, IMAGE_RIGHT_BROW, LANDMARK } from '../landmarks.js'
import { resemblesSkin, type Skin } from './skin.js'
import { smoothstep } from './smoothstep.js'
import type { Study } from './study.js'

/** All in heights of the face. */
const EDGE = {
  /** The outermost rim is never touched: the outline is where meshes are least exact. */
  rim: 0.02,
  /** Above the brows by this much, hair is looked for. */
  browClearance: 0.03,
  /** Nearer to the outline than this, or on a cheek, what is not skin in the source stays out. */
  side: 0.12,
  /** Under the brows by this much end the eyes, and cheeks begin. */
  eyes: -0.2,
  /** How wide the mask returned to the caller rises from the outline. */
  guard: 0.03,
}

/** How far in from the outline a cheek goes, in canonical centimetres: on a turned head that is a wide part of it. */
const CHEEK = 4

/** How much of the placed face is shown at each pixel of the study (0…1). */
export function coverage(study: Study, placed: Skin, own: Skin, options: { fringe: boolean; feather: number }) {
  const { width, height, faceHeight } = study
  const shown = study.oval.map((inside, i) => (inside && study.depth[i] >= EDGE.rim * faceHeight ? 1 : 0))
  if (options.fringe) {
    const { fringe, side } = foreign(study, placed, own)
    for (let i = 0; i < shown.length; i++) if (fringe[i] > 0.15 || side[i] > 0.5) shown[i] = 0
  }
  const depth = distanceInside(shown, width, height)
  const feather = Math.max(1, (options.feather * faceHeight) / 2)
  return depth.map((d, i) => smoothstep(d / feather) * study.trust[i])
}

/**
 * Where something else than skin is, 0…1: over the forehead that of either face (fringe, hat), at the sides only the
 * source's (hair, temples of glasses), for the target's there would leave halves of glasses and dark lines.
 */
function foreign(study: Study, placed: Skin, own: Skin) {
  const { width, height, faceHeight } = study
  const heightOver = heightOverBrows(study)
  const fringe = new Float32Array(study.oval.length)
  const side = new Float32Array(study.oval.length)
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      if (!study.oval[i] || study.features[i] || study.spared[i]) continue
      const over = heightOver(x, y)
      const strange = resemblesSkin(study.placed, i, placed) ? 0 : 1
      if (over > EDGE.browClearance) fringe[i] = resemblesSkin(study.own, i, own) ? strange : 1
      else if (study.depth[i] < EDGE.side * faceHeight || (over < EDGE.eyes && study.toOutline[i] < CHEEK))
        side[i] = strange
    }
  const softened = (plane: Float32Array, by: number) => gaussianBlur(plane, width, height, Math.max(1, by * faceHeight))
  // A fringe throws a shadow, so its surroundings go with it; at the sides single wrinkles must not count.
  return { fringe: softened(fringe, 0.012), side: softened(side, 0.02) }
}

/** How far a pixel lies above the middle of the brows, in heights of the face along its own axis. */
export function heightOverBrows({ at }: Study): (x: number, y: number) => number {
  const brows = [...IMAGE_LEFT_BROW, ...IMAGE_RIGHT_BROW].map(at)
  const [bx, by] = [0, 1].map(k => brows.reduce((sum, point) => sum + point[k], 0) / brows.length)
  const [top, chin] = [at(LANDMARK.foreheadTop), at(LANDMARK.chin)]
  const [ux, uy] = [top[0] - chin[0], top[1] - chin[1]]
  const square = Math.max(1e-6, ux * ux + uy * uy)
  return (x, y) => ((x + 0.5 - bx) * ux + (y + 0.5 - by) * uy) / square
}

/** 0 on and outside the outline, 1 well inside it, at the study's size. */
export function guard({ depth, faceHeight, step }: Study): Float32Array {
  // Enlarging spreads a pixel of the study over its neighbours: start one further in, so that outside stays 0.
  const start = step > 1 ? 1.5 : 0.5
  return depth.map(d => smoothstep((d - start) / Math.max(1, EDGE.guard * faceHeight)))
}

/** Where the reference shows plain skin, 0…1: there its pores and grain may serve another face, its eyes may not. */
export function ownTexture(study: Study, own: Skin): Float32Array {
  const plain = study.oval.map((inside, i) =>
    inside && !study.features[i] && !study.spared[i] && resemblesSkin(study.own, i, own) ? 1 : 0,
  )
  const { width, height, faceHeight } = study
  return distanceInside(plain, width, height).map(d => smoothstep(d / (0.08 * faceHeight) - 0.4))
}
