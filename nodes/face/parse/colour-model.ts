/** How a kind of thing is coloured: a normal distribution in RGB. */
export interface ColourModel {
  /** How probable a colour (RGB at an index of the pixels) is, as a logarithm without the common constant. */
  logLikelihood(pixels: Float32Array, pixel: number): number
  readonly mean: readonly [number, number, number]
}

/** A variance of the camera itself, in 8-bit steps squared: a flat patch does not make a colour impossible beside it. */
const noise = 60

/** The colours of some pixels (their indices); undefined when there are too few to judge by. */
export function colourModel(pixels: Float32Array, at: readonly number[]): ColourModel | undefined {
  if (at.length < 20) return undefined
  const mean = [0, 1, 2].map(c => at.reduce((sum, k) => sum + pixels[k * 3 + c], 0) / at.length)
  const covariance = (i: number, j: number) =>
    at.reduce((sum, k) => sum + (pixels[k * 3 + i] - mean[i]) * (pixels[k * 3 + j] - mean[j]), 0) / at.length +
    (i === j ? noise : 0)
  const [xx, xy, xz, yy, yz, zz] = [
    covariance(0, 0),
    covariance(0, 1),
    covariance(0, 2),
    covariance(1, 1),
    covariance(1, 2),
    covariance(2, 2),
  ]
  // The inverse of the symmetric 3 × 3 matrix, by its cofactors.
  const cofactors = [yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy]
  const determinant = xx * cofactors[0] + xy * cofactors[1] + xz * cofactors[2]
  const [a, b, c] = cofactors.map(value => value / determinant)
  const [d, e, f] = [xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy].map(value => value / determinant)
  const spread = Math.log(determinant) / 2
  return {
    mean: [mean[0], mean[1], mean[2]],
    logLikelihood(pixels, pixel) {
      const x = pixels[pixel * 3] - mean[0]
      const y = pixels[pixel * 3 + 1] - mean[1]
      const z = pixels[pixel * 3 + 2] - mean[2]
      return -(a * x * x + d * y * y + f * z * z) / 2 - b * x * y - c * x * z - e * y * z - spread
    },
  }
}
