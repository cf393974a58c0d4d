import type { Embedder, ScoreBands } from '../../models/embedder.js'
import { frFeature } from '../../models/embedder.js'

/** Every model that makes embeddings. */
const embedders: readonly Embedder[] = [frFeature]

/** From which cosine on a model means one person. @throws for a model whose scores nobody measured. */
export function bandsOf(model: string): ScoreBands {
  const embedder = embedders.find(each => each.model === model)
  if (embedder) return embedder.bands
  const known = embedders.map(each => `"${each.model}"`).join(', ')
  throw new Error(`A score needs the bands of its model, which are known for ${known}, got "${model}".`)
}
