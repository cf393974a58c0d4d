import { cosine } from '../identity/cosine.js'
import type { Embedding, Face } from '../ports.js'

/** The places of the faces in their list, largest box first. */
export const bySize = (faces: readonly Face[]): readonly number[] =>
  descending(faces.map(({ box }) => box.width * box.height))

/** The places of the faces in their list, the one that begins left-most first. */
export const byLeft = (faces: readonly Face[]): readonly number[] => descending(faces.map(({ box }) => -box.x))

/**
 * How alike each of the people is to the wanted one, −1…1, in the order of the faces.
 * @throws when a face has no embedding, or nobody is wanted.
 */
export function likenesses(
  faces: readonly Face[],
  people: readonly Embedding[] | undefined,
  wanted: Embedding | undefined,
): readonly number[] {
  if (!wanted || !people)
    throw new Error(
      `FacePick by "likeness" wanted the inputs "embeddings" and "person", got no "${people ? 'person' : 'embeddings'}". Link the outputs of IdentityEmbed to both, or choose another rule.`,
    )
  if (people.length !== faces.length)
    throw new Error(
      `Input "embeddings" of FacePick must have one for each of the ${faces.length} faces, got ${people.length}. Link FaceDetect's faces through FaceMesh and IdentityEmbed to it.`,
    )
  return people.map(each => cosine(each, wanted))
}

/** The places of values in their list, largest value first; of equal ones, the earlier first. */
export const descending = (values: readonly number[]): readonly number[] =>
  values.map((_, place) => place).sort((a, b) => values[b] - values[a] || a - b)
