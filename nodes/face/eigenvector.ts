/** The unit eigenvector of the largest eigenvalue of a small symmetric matrix, by Jacobi's rotations. */
export function largestEigenvector(symmetric: readonly (readonly number[])[]): number[] {
  const n = symmetric.length
  const a = symmetric.map(row => [...row])
  const vectors = a.map((_, i) => Array.from({ length: n }, (_, k) => (i === k ? 1 : 0)))
  const size = Math.sqrt(a.flat().reduce((sum, value) => sum + value * value, 0))
  // Jacobi converges quadratically: a 4 × 4 matrix needs about six sweeps, thirty is for the unforeseen.
  for (let sweep = 0; sweep < 30 && offDiagonal(a) > 1e-14 * size; sweep++)
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) eliminate(a, vectors, p, q)
  let best = 0
  for (let i = 1; i < n; i++) if (a[i][i] > a[best][best]) best = i
  return vectors.map(row => row[best])
}

const offDiagonal = (a: readonly (readonly number[])[]) =>
  Math.sqrt(a.reduce((sum, row, i) => sum + row.reduce((s, v, k) => (i === k ? s : s + v * v), 0), 0))

/** Turns the plane of axes p and q so that a[p][q] becomes 0, in the matrix and in the collected vectors. */
function eliminate(a: number[][], vectors: number[][], p: number, q: number): void {
  if (a[p][q] === 0) return
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1))
  const c = 1 / Math.hypot(t, 1)
  const s = t * c
  for (const row of a) turn(row, p, q, c, s)
  for (let k = 0; k < a.length; k++) {
    const upper = a[p][k]
    a[p][k] = c * upper - s * a[q][k]
    a[q][k] = s * upper + c * a[q][k]
  }
  for (const row of vectors) turn(row, p, q, c, s)
}

function turn(row: number[], p: number, q: number, c: number, s: number): void {
  const first = row[p]
  row[p] = c * first - s * row[q]
  row[q] = s * first + c * row[q]
}
