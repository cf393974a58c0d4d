import { gaussianBlur } from '../../mask/gaussian.js'
import { fromLogLab, toLogLab } from './log-lab.js'
import { emptyPlanes, enlargedRows, type Planes } from './planes.js'
import type { Skin } from './skin.js'
import type { Study } from './study.js'

/** How the placed face's colours become the reference's: out = (in − from) · gain + to + shift, in log-lab. */
export interface ColourMatch {
  readonly from: readonly number[]
  readonly gain: readonly number[]
  readonly to: readonly number[]
  /** The l above which light is shine. */
  readonly shine: number
  /** What the light of the reference adds, smooth, at the study's size. */
  readonly shift: Planes
}

/** Contrast may shrink more than it may grow: growing turns shine into chalk and pores into dirt. l, α, β. */
const GAIN = { least: [0.7, 0.5, 0.5], most: [1.15, 1.05, 1.05] }
/** Light above the reference's skin by this many deviations is shine; what lies above is held back to this part. */
const SHINE = { above: 1.5, keep: 0.55 }
/** The light's variation is what remains after a blur this wide (of the face's height). */
const LIGHT_BLUR = 0.09

/** Lays the placed skin's mean and contrast on the target's, and moves its shading towards the target's by `relight`. */
export function matchColours(study: Study, placed: Skin, own: Skin, relight: number): ColourMatch {
  const gain = own.spread.map((spread, k) => Math.max(GAIN.least[k], Math.min(GAIN.most[k], spread / placed.spread[k])))
  const match = { from: placed.mean, gain, to: own.mean, shine: own.mean[0] + SHINE.above * own.spread[0] }
  const lit = litSkin(study, placed, own)
  const sigma = Math.max(1, LIGHT_BLUR * study.faceHeight)
  const weight = gaussianBlur(lit, study.width, study.height, sigma)
  const shift = (k: number) => {
    const wanted = lit.map(
      (amount, i) => amount * (study.own[k][i] - ((study.placed[k][i] - match.from[k]) * gain[k] + match.to[k])),
    )
    return gaussianBlur(wanted, study.width, study.height, sigma).map(
      (value, i) =>
        // Far from any skin the quotient means nothing: let it fade.
        relight * Math.max(-1, Math.min(1, (value / Math.max(weight[i], 1e-3)) * Math.min(1, weight[i] / 0.05))),
    )
  }
  return { ...match, shift: relight > 0 ? [shift(0), shift(1), shift(2)] : emptyPlanes(lit.length) }
}

/** Where both faces show skin in ordinary light: the only places at which their light can be compared. */
function litSkin({ oval, features, trust, own, placed }: Study, placedSkin: Skin, ownSkin: Skin): Float32Array {
  const ordinary = (plane: Float32Array, i: number, skin: Skin) =>
    Math.abs(plane[i] - skin.mean[0]) < 2.5 * skin.spread[0]
  return Float32Array.from(oval, (inside, i) =>
    inside && !features[i] && ordinary(placed[0], i, placedSkin) && ordinary(own[0], i, ownSkin) ? trust[i] : 0,
  )
}

/** Recolours the warped source (sRGB 0…1, `width` × `height`) in place, where it is known at all. */
export function applyColours(
  colours: Planes,
  width: number,
  height: number,
  trust: Float32Array,
  match: ColourMatch,
  step: number,
): void {
  const shifts = match.shift.map(plane => enlargedRows(plane, width, height, step))
  for (let y = 0; y < height; y++) {
    const [from, to] = knownSpan(trust, y * width, width)
    if (from >= to) continue
    toLogLab(colours, to - from, from)
    for (let k = 0; k < 3; k++) {
      const [row, plane, gain] = [shifts[k](y), colours[k], match.gain[k]]
      const base = match.to[k] - match.from[k] * gain
      for (let i = from; i < to; i++) plane[i] = plane[i] * gain + base + row[i - y * width]
    }
    const light = colours[0]
    for (let i = from; i < to; i++)
      if (light[i] > match.shine) light[i] = match.shine + SHINE.keep * (light[i] - match.shine)
    fromLogLab(colours, to - from, from)
  }
}

/** The first and past-the-last pixel of a row that the warp reaches. */
function knownSpan(trust: Float32Array, start: number, width: number): [number, number] {
  let [from, to] = [start, start + width]
  while (from < to && trust[from] === 0) from++
  while (to > from && trust[to - 1] === 0) to--
  return [from, to]
}
