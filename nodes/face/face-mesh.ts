import { defineNode } from '../../engine/node.js'
import type { Box } from '../ports.js'
import { face, faceMesh, image } from '../ports.js'
import { geometryOf } from '../sessions.js'
import { meshOfFace } from './mesh-model.js'
import { headPose } from './pose.js'

/** Below this the network says that it looks at no face. */
const refusedBelow = 0.5
/** Faces that are seen well score above .99; false ones were seen up to .95. */
const doubtedBelow = 0.95
/** The side in pixels under which a face has too little detail to know a person by. */
const smallSide = 64

/** Places 478 points on a face. */
export const FaceMesh = defineNode({
  type: 'FaceMesh',
  version: 1,
  category: 'face',
  description:
    'Places the 478 points of the MediaPipe face mesh on a face, irises included, and reads where the head points.',
  lane: 'gpu',
  resources: ['face-mesh', 'face-geometry'],
  inputs: { image: image('The picture in which the face was found'), face: face('One face of FaceDetect or FacePick') },
  outputs: { mesh: faceMesh() },
  async run({ image, face }, context) {
    const { points, confidence } = await meshOfFace(image, face, context)
    if (!(confidence >= refusedBelow))
      throw new Error(
        `FaceMesh wanted a face ${place(face.box)}, got something that is none with a certainty of ${percent(1 - confidence)}. Pick another face with FacePick, or use a picture that shows the face uncovered and from in front.`,
      )
    if (confidence < doubtedBelow)
      context.warn(
        `The face ${place(face.box)} is hard to see (confidence ${percent(confidence)}): its points may be off. A picture that shows it uncovered and from in front works better.`,
      )
    if (Math.min(face.box.width, face.box.height) < smallSide)
      context.warn(
        `The face ${place(face.box)} is smaller than ${smallSide} pixels: likeness and detail suffer. Use a larger picture of it.`,
      )
    return { mesh: { points, confidence, pose: headPose(points, await geometryOf(context)) } }
  },
})

const place = ({ x, y, width, height }: Box) =>
  `at (${Math.round(x)}, ${Math.round(y)}), ${Math.round(width)}×${Math.round(height)} pixels,`

const percent = (part: number) => `${Math.round(part * 100)} %`
