import { defineNode } from '../../engine/node.js'
import { integer, list } from '../../engine/port.js'
import { face, image } from '../ports.js'
import { detectFaces } from './detect.js'

/** Finds every face of a picture. */
export const FaceDetect = defineNode({
  type: 'FaceDetect',
  version: 1,
  category: 'face',
  description: 'Finds every face of a picture, largest first, with its box, six keypoints and how sure that is.',
  lane: 'gpu',
  resources: ['face-detection-full', 'face-detection-short', 'face-mesh'],
  inputs: { image: image('A picture with at least one face') },
  outputs: { faces: list(face()), count: integer() },
  async run({ image }, context) {
    const faces = await detectFaces(image, context)
    if (faces.length === 0)
      throw new Error(
        `FaceDetect wanted a picture with a face, got one of ${image.width}×${image.height} pixels in which it finds none. Use a picture that is upright and shows a face uncovered, turned towards the camera and at least 40 pixels wide.`,
      )
    return { faces, count: faces.length }
  },
})
