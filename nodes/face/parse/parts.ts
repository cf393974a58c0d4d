import { gaussianBlur } from '../../mask/gaussian.js'
import type { FaceMesh } from '../../ports.js'
import type { ColourModel } from './colour-model.js'
import { colourModel } from './colour-model.js'
import { connectedTo } from './connected.js'
import type { Head } from './head.js'
import { headIn } from './head.js'
import type { View } from './view.js'
import { grid } from './view.js'

/** The parts of one head, [256 × 256] each, 0…1, in the grid of its view. */
export interface HeadParts {
  readonly face: Float32Array
  readonly hair: Float32Array
}

/**
 * Parts a head into face and hair. There is no hair network to be had from npm, so colours decide: those of the face's
 * skin, of what lies above the forehead, of the clothes and of the background, each where it surely is; and hair must
 * hang together with the crown. A hat counts as hair where it has the crown's colour; a bald head has no hair.
 */
export function partHead(view: View, mesh: Pick<FaceMesh, 'points'>): HeadParts {
  const head = headIn(view, mesh)
  const crown = pixelsWhere(i => isCrown(view, head, i))
  const crownColour = colourModel(view.pixels, crown)
  const skin = colourModel(
    view.pixels,
    pixelsWhere(i => isSurelySkin(head, i, 0.3)),
  )
  const hairless = !crownColour || !skin || isAlike(crownColour, skin)
  const hair = hairless ? new Float32Array(grid * grid) : hairOf(view, head, crown, crownColour, skin)
  // With nothing known of the crown, nobody can say where the forehead ends: the outline of the mesh must do.
  const face = faceOf(view, head, hair, crownColour !== undefined)
  const softHair = gaussianBlur(hair, grid, grid, 1).map((value, i) => Math.min(value, view.person[i]))
  const softFace = gaussianBlur(face, grid, grid, 1).map((value, i) => Math.min(value, 1 - softHair[i]))
  return { face: softFace, hair: softHair }
}

const isCrown = ({ person }: View, { outline, down, aside }: Head, i: number) =>
  person[i] > 0.8 && outline[i] === 0 && down[i] < -0.12 && down[i] > -0.4 && aside[i] < 0.35

const isSurelySkin = ({ outline, features, down }: Head, i: number, from: number) =>
  outline[i] > 0 && features[i] === 0 && down[i] > from

/** Closer in colour than this, in 8-bit steps, a crown is skin. */
const alike = 25

const isAlike = (a: ColourModel, b: ColourModel) => Math.hypot(...a.mean.map((value, c) => value - b.mean[c])) < alike

function hairOf(view: View, head: Head, crown: readonly number[], hair: ColourModel, skin: ColourModel): Float32Array {
  const { pixels, person } = view
  const background = colourModel(
    pixels,
    pixelsWhere(i => person[i] < 0.1),
  )
  const clothes = colourModel(
    pixels,
    pixelsWhere(i => person[i] > 0.9 && head.down[i] > 1.35),
  )
  const others = [skin, background, clothes].filter(model => model !== undefined)
  const score = new Float32Array(grid * grid)
  const selected = new Uint8Array(grid * grid)
  for (let i = 0; i < score.length; i++) {
    if (head.features[i] > 0 || person[i] < 0.05) continue
    const rival = Math.max(...others.map(model => model.logLikelihood(pixels, i)))
    // Halved, for neighbouring pixels say the same thing twice.
    const against = (rival - hair.logLikelihood(pixels, i)) / 2 + placeCost(head, i)
    score[i] = 1 / (1 + Math.exp(against))
    selected[i] = score[i] * person[i] > 0.4 ? 1 : 0
  }
  const kept = connectedTo(selected, crown, grid)
  // A streak in the hair is hair as well: what was kept counts in full from a half on.
  return score.map((value, i) => Math.min(1, value * 2) * kept[i])
}

/** How much a place speaks against hair: nothing above and beside the face, much in its middle, some below the chin. */
function placeCost({ outline, down, aside }: Head, i: number): number {
  if (outline[i] > 0 && down[i] > 0.2) return Math.max(0, 0.45 - aside[i]) * 60 * Math.min(1, (down[i] - 0.2) * 10)
  return Math.max(0, down[i] - 0.9) * 2 + Math.max(0, aside[i] - 0.9) * 2
}

/** Under this logarithm of its likelihood a colour is none of the skin's: about three standard deviations off. */
const skinFloor = -15

/** The outline of the mesh and the skin above it, less the hair that hangs into it. */
function faceOf({ pixels, person }: View, head: Head, hair: Float32Array, withForehead: boolean): Float32Array {
  const { outline, down, aside } = head
  const skin = withForehead
    ? colourModel(
        pixels,
        pixelsWhere(i => isSurelySkin(head, i, 0.1)),
      )
    : undefined
  const selected = outline.slice()
  for (let i = 0; i < selected.length; i++) {
    const mayBeForehead = down[i] < 0.3 && down[i] > -0.25 && aside[i] < 0.45 && person[i] > 0.5 && hair[i] < 0.4
    if (skin && mayBeForehead && skin.logLikelihood(pixels, i) > skinFloor) selected[i] = 1
  }
  const kept = connectedTo(
    selected,
    pixelsWhere(i => outline[i] > 0),
    grid,
  )
  return Float32Array.from(kept, (value, i) => value * (1 - hair[i]))
}

function pixelsWhere(test: (pixel: number) => boolean): readonly number[] {
  const pixels: number[] = []
  for (let i = 0; i < grid * grid; i++) if (test(i)) pixels.push(i)
  return pixels
}
