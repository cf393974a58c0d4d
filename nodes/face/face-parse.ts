import type { NodeContext } from '../../engine/node.js'
import { defineNode } from '../../engine/node.js'
import { list, optional } from '../../engine/port.js'
import type { FaceMesh, Image, Mask } from '../ports.js'
import { faceMesh, image, mask } from '../ports.js'
import { detectFaces } from './detect.js'
import { meshOfFace } from './mesh-model.js'
import { layMask } from './parse/guided.js'
import { partHead } from './parse/parts.js'
import { fadedPeople, headRegion, viewOf } from './parse/view.js'

/** Parts a picture into face, hair and person. */
export const FaceParse = defineNode({
  type: 'FaceParse',
  version: 1,
  category: 'face',
  description: 'Selects the faces, the hair and the whole people of a picture, each as a soft mask of its size.',
  lane: 'gpu',
  resources: ['selfie-segmentation'],
  inputs: {
    image: image(),
    mesh: optional(list(faceMesh('The faces to part, from FaceMesh; without: all that are found'))),
  },
  outputs: {
    face: mask('Face with forehead, without neck'),
    hair: mask('Hair, and what is worn on it'),
    person: mask(),
  },
  async run({ image, mesh }, context) {
    const meshes = mesh ?? (await findMeshes(image, context))
    if (meshes.length === 0)
      context.warn('FaceParse finds no face in the picture: the masks of face and hair are empty. Use another picture.')
    const [face, hair, person] = [emptyMask(image), emptyMask(image), emptyMask(image)]
    const whole = await viewOf(image, { x: 0, y: 0, width: image.width, height: image.height }, context)
    layMask(whole.person, whole, image, person)
    for (const [done, each] of meshes.entries()) {
      context.progress(done, meshes.length)
      const view = await viewOf(image, headRegion(each, image), context)
      const parts = partHead(view, each)
      layMask(parts.face, view, image, face)
      layMask(parts.hair, view, image, hair)
      // From near, the network sees hair and shoulders better than in the whole picture.
      layMask(fadedPeople(view, image), view, image, person)
    }
    return { face, hair, person }
  },
})

async function findMeshes(image: Image, context: NodeContext): Promise<readonly Pick<FaceMesh, 'points'>[]> {
  const meshes: Pick<FaceMesh, 'points'>[] = []
  for (const face of await detectFaces(image, context)) meshes.push(await meshOfFace(image, face, context))
  return meshes
}

const emptyMask = ({ width, height }: Image): Mask => ({ width, height, data: new Float32Array(width * height) })
