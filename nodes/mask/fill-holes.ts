/** Selects what lies enclosed by the selection (> 0.5), diagonals being no gap: SciPy's `binary_fill_holes`. */
export function fillHoles(data: Float32Array, width: number, height: number): Float32Array {
  const outside = new Uint8Array(data.length)
  const waiting: number[] = []
  const visit = (i: number) => {
    if (outside[i] || data[i] > 0.5) return
    outside[i] = 1
    waiting.push(i)
  }
  for (let x = 0; x < width; x++) for (const y of [0, height - 1]) visit(y * width + x)
  for (let y = 0; y < height; y++) for (const x of [0, width - 1]) visit(y * width + x)
  for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
    const x = i % width
    if (x > 0) visit(i - 1)
    if (x < width - 1) visit(i + 1)
    if (i >= width) visit(i - width)
    if (i < data.length - width) visit(i + width)
  }
  return data.map((value, i) => (outside[i] || value > 0.5 ? value : 1))
}
