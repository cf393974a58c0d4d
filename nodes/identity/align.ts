import type { Embedder } from '../../models/embedder.js'
import { fitSimilarity2, mean } from '../affine.js'
import { samplePixels } from '../pixels.js'
import type { FaceMesh, Image } from '../ports.js'

/**
 * The face as an embedder wants it: its five points laid on the template by turn, scale and shift alone;
 * [1, 3, size, size] in the model's order of colours and scale.
 */
export function alignedFace(image: Image, { points }: FaceMesh, embedder: Embedder): Float32Array {
  const { size } = embedder
  const five = embedder.landmarks.map(indices => mean(indices.map(k => [points[k * 3], points[k * 3 + 1]] as const)))
  const toPicture = fitSimilarity2(embedder.template, five)
  return toPlanes(samplePixels(image, { width: size, height: size, toPicture, border: 'zero' }), embedder)
}

function toPlanes(pixels: Float32Array, { colours, mean, scale }: Embedder): Float32Array {
  const count = pixels.length / 3
  const planes = new Float32Array(pixels.length)
  for (let plane = 0; plane < 3; plane++) {
    const channel = colours === 'BGR' ? 2 - plane : plane
    for (let i = 0; i < count; i++) planes[plane * count + i] = (pixels[i * 3 + channel] - mean) / scale
  }
  return planes
}
