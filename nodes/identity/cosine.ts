import type { Embedding } from '../ports.js'

/** A vector of the same direction and length 1. @throws when it has no length, or one that is no number. */
export function unitVector(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  if (!(length > 0 && Number.isFinite(length)))
    throw new Error(`A direction needs finite numbers that are not all zero, got a length of ${length}.`)
  return vector.map(value => value / length)
}

/**
 * How alike two people are to one model: −1…1, the cosine between their embeddings.
 * @throws when they come from different models, whose numbers mean different things.
 */
export function cosine(a: Embedding, b: Embedding): number {
  if (a.model !== b.model || a.vector.length !== b.vector.length)
    throw new Error(
      `Likeness wanted two embeddings of one model, got one of "${a.model}" with ${a.vector.length} numbers and one of "${b.model}" with ${b.vector.length}. Make both with the same IdentityEmbed.`,
    )
  const sum = a.vector.reduce((sum, value, i) => sum + value * b.vector[i], 0)
  // Rounding may carry the likeness of a person to himself a hair beyond 1.
  return Math.max(-1, Math.min(1, sum))
}
