import type { FaceGeometry } from '../../../models/face-geometry.js'
import { IMAGE_LEFT_BROW, IMAGE_LEFT_EYE, IMAGE_RIGHT_BROW, IMAGE_RIGHT_EYE, LANDMARK } from '../landmarks.js'
import { smoothstep } from './smoothstep.js'
import { faceHeight } from './study.js'
import { facing, signedArea, warpField } from './warp.js'

/** From where in the source each point of the placed face takes its skin. */
export interface View {
  /** [468] 0: the source shows nothing for this point … 1: it shows it well, itself or in the mirror. */
  readonly trust: Float32Array
  /** [468] How much is taken from the other half of the face, because this half is turned away. */
  readonly mirrored: Float32Array
  /** [468 × (x, y, z)] The source's points with left and right exchanged. */
  readonly mirror: Float32Array
}

/** A point that is seen at less than half the area it needs may look into the mirror; below a fifth it must. */
const ENOUGH = { full: 0.5, none: 0.2 }
/** How much more area the other half must show to be worth its wrong light. */
const GAIN = 0.3

/** Heads turned alike lack area only where their shapes differ, and there the mirror would bring hair: in degrees. */
const TURN = { none: 8, full: 16 }

/**
 * Judges for each point whether the source shows it, and whether its twin on the other half is seen better; `turn` is
 * how far apart the heads' yaws are, in degrees.
 */
export function viewOf(
  source: Float32Array,
  placed: Float32Array,
  scale: number,
  geometry: FaceGeometry,
  turn: number,
): View {
  const { triangles, points: canonical } = geometry
  const twins = twinsOf(canonical)
  const mirror = Float32Array.from({ length: placed.length }, (_, i) => source[twins[Math.floor(i / 3)] * 3 + (i % 3)])
  const hidden = hiddenPoints(source, triangles)
  const own = shownArea(source, placed, scale, triangles).map((area, i) => (hidden[i] ? 0 : area))
  const twin = shownArea(mirror, placed, scale, triangles).map((area, i) => (hidden[twins[i]] ? 0 : area))
  const turned = smoothstep((turn - TURN.none) / (TURN.full - TURN.none))
  const wanting = own.map((area, i) => {
    const lacks = smoothstep((ENOUGH.full - area) / (ENOUGH.full - ENOUGH.none))
    return turned * lacks * smoothstep((twin[i] - area) / GAIN)
  })
  const mirrored = wholeEyes(withNeighbours(wanting, triangles), own)
  const trust = own.map((area, i) => (1 - mirrored[i]) * trustIn(area) + mirrored[i] * trustIn(twin[i]))
  return { trust, mirrored, mirror }
}

const trustIn = (area: number) => smoothstep((area - 0.1) / 0.3)

/** The point on the other half of the face for each canonical point; those of the middle are their own. */
export function twinsOf(canonical: Float32Array): Uint16Array {
  const count = canonical.length / 3
  return Uint16Array.from({ length: count }, (_, i) => {
    let [best, least] = [i, Number.POSITIVE_INFINITY]
    for (let k = 0; k < count; k++) {
      const distance =
        (canonical[k * 3] + canonical[i * 3]) ** 2 +
        (canonical[k * 3 + 1] - canonical[i * 3 + 1]) ** 2 +
        (canonical[k * 3 + 2] - canonical[i * 3 + 2]) ** 2
      if (distance < least) [best, least] = [k, distance]
    }
    return best
  })
}

/**
 * The area around each point in the source over the area that is needed for it in the placed face. Near 1 for equal
 * poses; small or negative where the source is seen from the side or from behind, and would be smeared.
 */
function shownArea(source: Float32Array, placed: Float32Array, scale: number, triangles: Uint16Array): Float32Array {
  const [sourceSense, placedSense] = [facing(source, triangles), facing(placed, triangles)]
  const has = new Float32Array(placed.length / 3)
  const needs = new Float32Array(placed.length / 3)
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = triangles.subarray(t, t + 3)
    const needed = signedArea(placed, a, b, c) * placedSense
    if (!(needed > 0)) continue
    const shown = signedArea(source, a, b, c) * sourceSense * scale * scale
    for (const i of [a, b, c]) {
      has[i] += shown
      needs[i] += needed
    }
  }
  return has.map((area, i) => (needs[i] > 0 ? area / needs[i] : 0))
}

/** The mesh is drawn this high (pixels) to see what covers what, and a cover is at least this much nearer (heights). */
const DEPTH = { height: 100, gap: 0.05 }

/** 1 for points that lie behind another part of the face, as a cheek does behind the nose. */
function hiddenPoints(source: Float32Array, triangles: Uint16Array): Uint8Array {
  const scale = DEPTH.height / Math.max(1e-6, faceHeight(source))
  const count = Math.min(468, source.length / 3)
  const nose = source.subarray(LANDMARK.noseTip * 3, LANDMARK.noseTip * 3 + 3)
  const box = { x: 0, y: 0, width: 3 * DEPTH.height, height: 3 * DEPTH.height }
  const vertices = source.subarray(0, count * 3).map((value, i) => (value - nose[i % 3]) * scale + 1.5 * DEPTH.height)
  // The depth travels where the trust would: what is drawn last, and stays, is what is nearest.
  const depth = Float32Array.from({ length: count }, (_, i) => vertices[i * 3 + 2])
  const drawn = warpField({ vertices, triangles, source: vertices, trust: depth }, box).trust
  return Uint8Array.from({ length: count }, (_, i) => {
    const x = Math.floor(vertices[i * 3])
    const y = Math.floor(vertices[i * 3 + 1])
    const cover = drawn[y * box.width + x]
    // Nothing is drawn at 0: a point on the very edge of the face lies beside it, not behind it.
    return cover > 0 && depth[i] - cover > DEPTH.gap * DEPTH.height ? 1 : 0
  })
}

/** The neighbours of a turned-away point look into the mirror too: a triangle with one such corner is smeared as a whole. */
function withNeighbours(mirrored: Float32Array, triangles: Uint16Array): Float32Array {
  const out = mirrored.slice()
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = triangles.subarray(t, t + 3)
    const most = Math.max(mirrored[corners[0]], mirrored[corners[1]], mirrored[corners[2]])
    for (const i of corners) out[i] = Math.max(out[i], most)
  }
  return out
}

/**
 * An eye with its brow is taken from one half or the other, never mixed: mixed ones have two pupils. And from its own
 * half while that shows it at all, for a mirrored glance goes the other way.
 */
function wholeEyes(mirrored: Float32Array, own: Float32Array): Float32Array {
  const out = mirrored.slice()
  for (const eye of [
    [...IMAGE_LEFT_EYE, ...IMAGE_LEFT_BROW],
    [...IMAGE_RIGHT_EYE, ...IMAGE_RIGHT_BROW],
  ]) {
    const shown = eye.reduce((sum, i) => sum + own[i], 0) / eye.length
    for (const i of eye) out[i] = shown < ENOUGH.none ? mirrored[i] : 0
  }
  return out
}
