import { defineNode } from '../../engine/node.js'
import { frFeature } from '../../models/embedder.js'
import { embedding, faceMesh, image } from '../ports.js'
import { runModel } from '../sessions.js'
import { alignedFace } from './align.js'
import { unitVector } from './cosine.js'

/** Describes who a face belongs to. */
export const IdentityEmbed = defineNode({
  type: 'IdentityEmbed',
  version: 1,
  category: 'identity',
  description:
    'Describes who a face belongs to by 512 numbers (fr_feature), to be compared with those of another face.',
  lane: 'gpu',
  resources: ['fr-feature'],
  inputs: { image: image('The picture of the face'), mesh: faceMesh('The face in that picture, from FaceMesh') },
  outputs: { embedding: embedding() },
  async run({ image, mesh }, context) {
    const { model, size } = frFeature
    const data = alignedFace(image, mesh, frFeature)
    const [output] = await runModel(context, model, { dims: [1, 3, size, size], data })
    return { embedding: { model, vector: unitVector(output.data) } }
  },
})
