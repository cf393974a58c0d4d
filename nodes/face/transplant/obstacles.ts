import type { Point } from '../../ports.js'
import { heightOverBrows } from './edge.js'
import type { Planes } from './planes.js'
import { resemblesSkin, type Skin, skinArea } from './skin.js'
import type { Study } from './study.js'

/** Three lines down the bridge of the nose, from between the brows to the middle of its back. */
const BRIDGE = [
  [8, 5],
  [193, 196],
  [417, 419],
] as const
/** Points looked at along each line. */
const SAMPLES = 32
/** A step of light (log-lab l) across the bridge that no bare nose has: bare ones measured 0.14–0.36, glasses 0.87–1.52. */
const GLASSES = 0.6
/**
 * Less than this part of the lower face in the colour of its skin: measured 0.89–0.99 on free
 * faces, 0.64–0.76 on ones with a mask painted over nose, mouth and chin.
 */
const BARE = 0.8

/** What lies over either face that a transplant cannot see through, a sentence each. */
export function doubtsOfFaces(study: Study): string[] {
  const faces = [
    { name: 'reference', colours: study.own, at: study.ownAt, harm: 'parts of them will remain' },
    { name: 'source', colours: study.placed, at: study.at, harm: 'they will be painted onto the face' },
  ]
  return faces.flatMap(({ name, colours, at, harm }) => {
    const doubts: string[] = []
    if (bridgeStep(colours[0], study, at) > GLASSES)
      doubts.push(`The person in the ${name} seems to wear glasses: ${harm}. Choose a photo without.`)
    const bare = bareShare(study, colours)
    if (bare < BARE)
      doubts.push(
        `Only ${Math.round(100 * bare)} % of the face in the ${name} looks like one skin; a hand, hair, a mask or hard shadow may lie over it. Choose a photo with a free face.`,
      )
    return doubts
  })
}

/** The strongest step of light that crosses all three lines at the same place: the bar of a pair of glasses. */
function bridgeStep(light: Float32Array, study: Study, at: (landmark: number) => Point): number {
  const lines = BRIDGE.map(([top, end]) => readLine(light, study, at(top), at(end)))
  let strongest = 0
  for (let i = 2; i < SAMPLES - 2; i++) {
    const step = lines.reduce((sum, line) => sum + line[i + 2] - line[i - 2], 0) / lines.length
    strongest = Math.max(strongest, Math.abs(step))
  }
  return strongest
}

function readLine(plane: Float32Array, { width, height }: Study, from: Point, to: Point): number[] {
  const inside = (at: number, size: number) => Math.max(0, Math.min(size - 1, Math.round(at - 0.5)))
  return Array.from({ length: SAMPLES }, (_, i) => {
    const t = i / (SAMPLES - 1)
    const x = inside(from[0] + t * (to[0] - from[0]), width)
    return plane[inside(from[1] + t * (to[1] - from[1]), height) * width + x]
  })
}

/** How much of the face below the brows, eyes and mouth aside, has the colour that most of it has. */
function bareShare(study: Study, colours: Planes): number {
  const over = heightOverBrows(study)
  const area = skinArea(study)
  const pixels: number[] = []
  for (let i = 0; i < area.length; i++)
    if (area[i] && over(i % study.width, Math.floor(i / study.width)) < -0.1) pixels.push(i)
  if (pixels.length === 0) return 1
  const skin = commonSkin(colours, pixels)
  return pixels.filter(i => resemblesSkin(colours, i, skin)).length / pixels.length
}

/** Median and median deviation: unlike mean and variance they belong to the larger part, not to a blend of both. */
function commonSkin(colours: Planes, pixels: readonly number[]): Skin {
  const mean = colours.map(plane => median(pixels.map(i => plane[i])))
  const spread = colours.map((plane, k) => 1.4826 * median(pixels.map(i => Math.abs(plane[i] - mean[k]))))
  return { mean, spread }
}

const median = (values: readonly number[]) => Float32Array.from(values).sort()[values.length >> 1]
