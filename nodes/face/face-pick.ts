import type { NodeContext } from '../../engine/node.js'
import { defineNode } from '../../engine/node.js'
import { choice, integer, lazy, list, optional } from '../../engine/port.js'
import { bandsOf } from '../identity/bands.js'
import type { Embedding } from '../ports.js'
import { embedding, face } from '../ports.js'
import { byLeft, bySize, descending, likenesses } from './face-order.js'

/** Picks one of several faces. */
export const FacePick = defineNode({
  type: 'FacePick',
  version: 1,
  category: 'face',
  description: 'Picks one of several faces: the largest, the left-most, one by number, or the one most like a person.',
  lane: 'main',
  inputs: {
    faces: list(face('The faces of one picture, from FaceDetect')),
    rule: choice(['largest', 'left-most', 'index', 'likeness'], {
      default: 'largest',
      hint: 'In which order faces are counted; "index" keeps the order they come in',
    }),
    index: optional(integer({ min: 0, max: 999, hint: 'Which face in that order, 0 being the first' })),
    embeddings: optional(
      lazy(list(embedding('For "likeness": IdentityEmbed of each face, in the order of the faces'))),
    ),
    person: optional(lazy(embedding('For "likeness": IdentityEmbed of the wanted person'))),
  },
  outputs: { face: face(), index: integer({ hint: 'Where the face is in the list of faces' }) },
  needs: ({ rule }) => (rule === 'likeness' ? ['embeddings', 'person'] : []),
  run({ faces, rule, index, embeddings, person }, context) {
    const wanted = index ?? 0
    if (wanted >= faces.length)
      throw new Error(
        `Input "index" of FacePick must be from 0 to ${faces.length - 1}, for the picture shows ${faces.length}, got ${wanted}. Choose a lower one.`,
      )
    if (rule === 'likeness') {
      const scores = likenesses(faces, embeddings, person)
      const place = descending(scores)[wanted]
      warnOfStranger(scores[place], person, context)
      return { face: faces[place], index: place }
    }
    if (faces.length > 1 && rule === 'largest' && index === undefined)
      context.warn(
        `The picture shows ${faces.length} faces and the largest was picked. Set "index" (0 is the largest) or "rule" of FacePick to choose another.`,
      )
    const order = rule === 'largest' ? bySize(faces) : rule === 'left-most' ? byLeft(faces) : faces.map((_, i) => i)
    return { face: faces[order[wanted]], index: order[wanted] }
  },
})

function warnOfStranger(score: number, person: Embedding | undefined, context: NodeContext): void {
  if (!person || score >= bandsOf(person.model).unsure) return
  context.warn(
    `The face picked by likeness scores only ${score.toFixed(2)}: the wanted person is probably not in the picture. Use another photo of the person, or pick by "index".`,
  )
}
