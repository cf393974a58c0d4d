import type { FaceMesh } from '../../ports.js'
import { faceHeight } from './study.js'

/** Below this height (pixels, forehead to chin) landmarks are guesses and there is nothing to transplant. */
const TOO_SMALL = 40
/** Below this height the result is a face only from afar. */
const SMALL = 64
/** A head turned or tilted further than this from the other's shows what the other photo does not have. */
const POSE_GAP = 20
/** A source face of less than this part of the target's height looks soft in it. */
const SOFT_BELOW = 0.6

/**
 * @throws when the meshes are not usable: not 468 finite points, or a face of less than 40 pixels.
 */
export function refuseHopeless(target: FaceMesh, face: FaceMesh): void {
  for (const [name, mesh] of [
    ['target', target],
    ['face', face],
  ] as const) {
    if (mesh.points.length < 468 * 3 || !mesh.points.every(Number.isFinite))
      throw new Error(`The mesh at "${name}" must have 468 points of finite numbers. Give it what FaceMesh answers.`)
    const height = faceHeight(mesh.points)
    if (height < TOO_SMALL)
      throw new Error(
        `The face at "${name}" is ${Math.round(height)} pixels high from forehead to chin; ${TOO_SMALL} are the least that can be worked with. Use a larger photo, or one taken closer.`,
      )
  }
}

/** What the two meshes already say about how well this can go, a sentence each. */
export function doubtsOfMeshes(target: FaceMesh, face: FaceMesh): string[] {
  const doubts: string[] = []
  for (const [angle, turn] of [
    ['yaw', 'turned'],
    ['pitch', 'tilted'],
  ] as const) {
    const gap = Math.abs(target.pose[angle] - face.pose[angle])
    if (gap > POSE_GAP)
      doubts.push(
        `The heads are ${turn} differently: ${angle} ${degrees(face.pose[angle])} in the source, ${degrees(target.pose[angle])} in the reference, ${Math.round(gap)}° apart. Nose and cheeks may smear; choose a source photo within ${POSE_GAP}°.`,
      )
  }
  const [there, here] = [faceHeight(target.points), faceHeight(face.points)]
  if (there < SMALL)
    doubts.push(
      `The face in the reference is only ${Math.round(there)} pixels high: likeness will be weak. Use a reference in which it has at least ${SMALL}.`,
    )
  if (here < SOFT_BELOW * there)
    doubts.push(
      `The source's face is ${Math.round(here)} pixels high, the one it replaces ${Math.round(there)}: skin will look soft. Use a larger source photo.`,
    )
  return doubts
}

const degrees = (angle: number) => `${Math.round(angle)}°`
