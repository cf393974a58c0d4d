import type { Point } from '../../ports.js'
import { LANDMARK } from '../landmarks.js'
import { heightOverBrows } from './edge.js'
import type { Planes } from './planes.js'
import { resemblesSkin, type Skin, skinArea } from './skin.js'
import type { Study } from './study.js'

/** Lines down the back of the nose, from between the brows to its middle: aside by this part of the gap of the eyes. */
const LINES = [-0.12, 0, 0.12]
/** Points looked at along each line. */
const SAMPLES = 32
/** A step of light (log-lab l) across the bridge that no bare nose has: bare ones measured 0.02–0.41, glasses 1.7–2.3. */
const GLASSES = 0.8
/**
 * Less than this part of the lower face in the colour of its skin: measured 0.89–0.99 on free
 * faces, 0.64–0.76 on ones with a mask painted over nose, mouth and chin.
 */
const BARE = 0.8

/** What lies over either face that a transplant cannot see through, a sentence each. */
export function doubtsOfFaces(study: Study): string[] {
  const faces = [
    { name: 'reference', colours: study.own, known: undefined, at: study.ownAt, harm: 'parts of them will remain' },
    {
      name: 'source',
      colours: study.placed,
      known: study.trust,
      at: study.at,
      harm: 'they will be painted onto the face',
    },
  ]
  return faces.flatMap(({ name, colours, known, at, harm }) => {
    const doubts: string[] = []
    if (bridgeStep(colours[0], known, study, at) > GLASSES)
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
function bridgeStep(light: Float32Array, known: Float32Array | undefined, study: Study, at: Study['at']): number {
  const [left, right] = [at(LANDMARK.imageLeftEyeInner), at(LANDMARK.imageRightEyeInner)]
  const lines = LINES.map(part => {
    const aside = ([x, y]: Point) => [x + part * (right[0] - left[0]), y + part * (right[1] - left[1])] as const
    return readLine(light, known, study, aside(at(LANDMARK.betweenBrows)), aside(at(LANDMARK.noseBack)))
  })
  let strongest = 0
  for (let i = 2; i < SAMPLES - 2; i++) {
    const steps = lines.map(line => line[i + 2] - line[i - 2])
    if (steps.some(Number.isNaN)) continue
    const [least, middle, most] = steps.sort((a, b) => a - b)
    // All must go the same way, and two of three strongly: the shadow of a nose crosses only one so.
    if (least > 0 || most < 0) strongest = Math.max(strongest, Math.abs(middle))
  }
  return strongest
}

function readLine(
  plane: Float32Array,
  known: Float32Array | undefined,
  { width, height }: Study,
  from: Point,
  to: Point,
): number[] {
  const inside = (at: number, size: number) => Math.max(0, Math.min(size - 1, Math.round(at - 0.5)))
  const line: number[] = []
  for (let k = 0; k < SAMPLES; k++) {
    const t = k / (SAMPLES - 1)
    const x = inside(from[0] + t * (to[0] - from[0]), width)
    const i = inside(from[1] + t * (to[1] - from[1]), height) * width + x
    // Where a turned head does not show its bridge there is no light to read.
    line.push(!known || known[i] > 0.9 ? plane[i] : Number.NaN)
  }
  return line
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
