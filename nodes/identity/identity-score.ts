import { defineNode } from '../../engine/node.js'
import { float, text } from '../../engine/port.js'
import type { ScoreBands } from '../../models/embedder.js'
import { embedding } from '../ports.js'
import { bandsOf } from './bands.js'
import { cosine } from './cosine.js'

/** What a score says, in the bands of its model. */
export type Verdict = 'same person' | 'unsure' | 'different'

/** Says how alike two people are. */
export const IdentityScore = defineNode({
  type: 'IdentityScore',
  version: 1,
  category: 'identity',
  description: 'Says how alike two faces are, −1…1, and whether that is the same person in the eyes of the model.',
  lane: 'main',
  sink: true,
  inputs: { a: embedding('One face, from IdentityEmbed'), b: embedding('The other face') },
  outputs: {
    score: float({ hint: 'Cosine, −1…1' }),
    verdict: text({ hint: 'same person, unsure or different' }),
    model: text({ hint: 'The model that compared' }),
  },
  run({ a, b }) {
    const score = cosine(a, b)
    return { score, verdict: verdictOf(score, bandsOf(a.model)), model: a.model }
  },
})

/** What a cosine means: look-alikes lie between the bands. */
export function verdictOf(score: number, { same, unsure }: ScoreBands): Verdict {
  if (score >= same) return 'same person'
  return score >= unsure ? 'unsure' : 'different'
}
