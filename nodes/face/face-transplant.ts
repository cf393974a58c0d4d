import { defineNode } from '../../engine/node.js'
import { float, toggle } from '../../engine/port.js'
import { faceMesh, image, mask, region } from '../ports.js'
import { geometryOf } from '../sessions.js'
import { doubtsOfMeshes, refuseHopeless } from './transplant/limits.js'
import { doubtsOfFaces } from './transplant/obstacles.js'
import { transplant } from './transplant/transplant.js'

/**
 * Puts the face of one photo into another: the source's mesh is posed on the target's, its colours and light matched,
 * the seam blended over bands of detail. Head shape, ears, hair and neck stay the reference's.
 */
export const FaceTransplant = defineNode({
  type: 'FaceTransplant',
  version: 1,
  category: 'face',
  description:
    'Puts the face of the source photo into the reference, posed and lit like the face it replaces. Answers a crop, its mask and its place, for ImageComposite to put back.',
  lane: 'cpu',
  resources: ['face-geometry'],
  inputs: {
    reference: image('The photo that gets the face'),
    target: faceMesh('The face in the reference that is replaced'),
    source: image('The photo that gives the face'),
    face: faceMesh('The face in the source that is taken'),
    identity: float({
      default: 1,
      min: 0,
      max: 1,
      step: 0.05,
      hint: "1: proportions and expression of the source; 0: the source's skin on the target's proportions",
    }),
    relight: float({
      default: 0.6,
      min: 0,
      max: 1,
      step: 0.05,
      hint: "How far shadows follow the reference's light; more looks better placed and less alike",
    }),
    colour: toggle({ default: true, hint: 'Give the face the skin tone and contrast of the reference' }),
    fringe: toggle({ default: true, hint: 'Keep hair and hats over the forehead as they are in the reference' }),
    feather: float({
      default: 0.06,
      min: 0.01,
      max: 0.2,
      step: 0.01,
      hint: 'Width of the soft edge, in heights of the face',
    }),
  },
  outputs: {
    image: image('The part of the reference around the face, with the new face in it'),
    mask: mask('Where that part replaces the reference'),
    region: region('Where that part lies in the reference'),
  },
  async run({ reference, target, source, face, ...options }, context) {
    refuseHopeless(target, face)
    const geometry = await geometryOf(context)
    context.progress(0, 1)
    const { image, mask, region, study } = transplant(
      { image: reference, points: target.points },
      { image: source, points: face.points },
      geometry,
      options,
    )
    for (const doubt of [...doubtsOfMeshes(target, face), ...doubtsOfFaces(study)]) context.warn(doubt)
    return { image, mask, region }
  },
})
