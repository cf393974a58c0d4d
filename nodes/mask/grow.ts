/**
 * Grows what is selected (> 0.5) by `pixels` steps of a 3 × 3 cross, or shrinks it for a negative number, the frame
 * being no edge: SciPy's `binary_dilation(iterations = pixels)`, by distance in linear time. What is reached becomes 1
 * (when shrinking: 0), all else keeps its value.
 */
export function grow(data: Float32Array, width: number, height: number, pixels: number): Float32Array {
  const growing = pixels > 0
  const steps = crossSteps(data, width, height, growing)
  const reach = Math.abs(pixels)
  return data.map((value, i) => (steps[i] > reach ? value : growing ? 1 : 0))
}

/** How many steps, up or down and left or right, each pixel is from the nearest one that is selected (or is not). */
function crossSteps(data: Float32Array, width: number, height: number, selected: boolean): Int32Array {
  // More than any reach: where nothing is selected, nothing grows.
  const far = 2 ** 30
  const steps = new Int32Array(data.length)
  for (let i = 0, y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const left = x > 0 ? steps[i - 1] + 1 : far
      const above = y > 0 ? steps[i - width] + 1 : far
      steps[i] = data[i] > 0.5 === selected ? 0 : Math.min(left, above, far)
    }
  }
  for (let i = data.length - 1, y = height - 1; y >= 0; y--) {
    for (let x = width - 1; x >= 0; x--, i--) {
      const right = x < width - 1 ? steps[i + 1] + 1 : far
      const below = y < height - 1 ? steps[i + width] + 1 : far
      steps[i] = Math.min(steps[i], right, below)
    }
  }
  return steps
}
