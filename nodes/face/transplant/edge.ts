import { distanceInside } from '../../mask/distance.js'
import { gaussianBlur } from '../../mask/gaussian.js'
import { IMAGE_LEFT_BROW, IMAGE_RIGHT_BROW, LANDMARK } from '../landmarks.js'
import { smoothstep } from './placement.js'
import { resemblesSkin, type Skin } from './skin.js'
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
    const bare = bareSkin(study, placed, own)
    for (let i = 0; i < shown.length; i++) if (bare[i] < 0.6) shown[i] = 0
  }
  const depth = distanceInside(shown, width, height)
  const feather = Math.max(1, (options.feather * faceHeight) / 2)
  return depth.map((d, i) => smoothstep(d / feather) * study.trust[i])
}

/** 1 where no hair, hat or glasses come between, softened a little. */
function bareSkin(study: Study, placed: Skin, own: Skin): Float32Array {
  const height = heightOverBrows(study)
  const bare = new Float32Array(study.oval.length).fill(1)
  for (let y = 0, i = 0; y < study.height; y++)
    for (let x = 0; x < study.width; x++, i++) {
      if (!study.oval[i] || study.features[i] || study.spared[i]) continue
      const over = height(x, y)
      const forehead = over > EDGE.browClearance
      const side = study.depth[i] < EDGE.side * study.faceHeight || (over < EDGE.eyes && study.toOutline[i] < CHEEK)
      // The source's own hair or temples of glasses: nothing of them belongs on another's cheek.
      if ((forehead || side) && !resemblesSkin(study.placed, i, placed)) bare[i] = 0
      // The target's only over the forehead: at the cheeks it would leave halves of glasses and dark lines.
      if (forehead && !resemblesSkin(study.own, i, own)) bare[i] = 0
    }
  return gaussianBlur(bare, study.width, study.height, Math.max(1, 0.008 * study.faceHeight))
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
  return distanceInside(plain, width, height).map(d => smoothstep(d / (0.05 * faceHeight) - 0.3))
}
