import type { Region } from '../../ports.js'

/** For every pixel of a region, the place in the source it shows; `trust` 0 where the source does not show it. */
export interface WarpField {
  readonly x: Float32Array
  readonly y: Float32Array
  /** 0: not covered, or seen too much from the side; 1: seen well. */
  readonly trust: Float32Array
}

/** A mesh laid somewhere, what its points have in the source, and one more number that each carries along. */
export interface Mesh {
  /** [n × (x, y, z)] where the points lie in the reference. */
  readonly vertices: Float32Array
  readonly triangles: Uint16Array
  /** [n × (x, y, z)] the same points in the source. */
  readonly source: Float32Array
  /** [n] 0…1 */
  readonly trust: Float32Array
}

/** Twice the area of a triangle in x and y, signed by its sense of rotation. */
export const signedArea = (p: Float32Array, a: number, b: number, c: number) =>
  (p[b * 3] - p[a * 3]) * (p[c * 3 + 1] - p[a * 3 + 1]) - (p[c * 3] - p[a * 3]) * (p[b * 3 + 1] - p[a * 3 + 1])

/** The sense of rotation that most of a mesh's area has: that of the triangles that face us. */
export function facing(points: Float32Array, triangles: Uint16Array): number {
  let sum = 0
  for (let t = 0; t < triangles.length; t += 3)
    sum += signedArea(points, triangles[t], triangles[t + 1], triangles[t + 2])
  return Math.sign(sum)
}

/** Draws the mesh's triangles, far ones first and those that face away not at all, as source coordinates. */
export function warpField(mesh: Mesh, region: Region): WarpField {
  const pixels = region.width * region.height
  const field = { x: new Float32Array(pixels), y: new Float32Array(pixels), trust: new Float32Array(pixels) }
  const sense = facing(mesh.vertices, mesh.triangles)
  for (const t of farFirst(mesh)) {
    const [a, b, c] = mesh.triangles.subarray(t, t + 3)
    if (signedArea(mesh.vertices, a, b, c) * sense > 0) drawTriangle(field, mesh, a, b, c, region)
  }
  return field
}

function farFirst({ vertices, triangles }: Mesh): number[] {
  const depth = (t: number) =>
    vertices[triangles[t] * 3 + 2] + vertices[triangles[t + 1] * 3 + 2] + vertices[triangles[t + 2] * 3 + 2]
  return Array.from({ length: triangles.length / 3 }, (_, i) => i * 3).sort((p, q) => depth(q) - depth(p))
}

/** A little more than the triangle itself, so that neighbours leave no gap. */
const SEAM = 1e-4

function drawTriangle(field: WarpField, mesh: Mesh, a: number, b: number, c: number, region: Region): void {
  const { vertices: v, source: s, trust } = mesh
  const [ax, ay] = [v[a * 3] - region.x, v[a * 3 + 1] - region.y]
  const [bx, by] = [v[b * 3] - region.x, v[b * 3 + 1] - region.y]
  const [cx, cy] = [v[c * 3] - region.x, v[c * 3 + 1] - region.y]
  const area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy)
  if (!(Math.abs(area) > 1e-6)) return
  // Barycentric weights of a and b are linear in x: p = p0 + px · x along a row; that of c is the rest.
  const px = (by - cy) / area
  const qx = (cy - ay) / area
  const top = Math.max(0, Math.floor(Math.min(ay, by, cy) - 0.5))
  const bottom = Math.min(region.height - 1, Math.ceil(Math.max(ay, by, cy)))
  for (let y = top; y <= bottom; y++) {
    const p0 = ((by - cy) * (0.5 - cx) + (cx - bx) * (y + 0.5 - cy)) / area
    const q0 = ((cy - ay) * (0.5 - cx) + (ax - cx) * (y + 0.5 - cy)) / area
    const [from, to] = rowSpan([p0, q0, 1 - p0 - q0], [px, qx, -px - qx], region.width)
    for (let x = from; x <= to; x++) {
      const p = p0 + px * x
      const q = q0 + qx * x
      const r = 1 - p - q
      const i = y * region.width + x
      field.x[i] = p * s[a * 3] + q * s[b * 3] + r * s[c * 3]
      field.y[i] = p * s[a * 3 + 1] + q * s[b * 3 + 1] + r * s[c * 3 + 1]
      field.trust[i] = p * trust[a] + q * trust[b] + r * trust[c]
    }
  }
}

/** The first and last x of a row of pixels at which every weight (start + slope · x) is not negative. */
function rowSpan(starts: readonly number[], slopes: readonly number[], width: number): [number, number] {
  let [from, to] = [0, width - 1]
  for (let k = 0; k < 3; k++) {
    const [start, slope] = [starts[k] + SEAM, slopes[k]]
    if (slope > 0) from = Math.max(from, Math.ceil(-start / slope))
    else if (slope < 0) to = Math.min(to, Math.floor(-start / slope))
    else if (start < 0) return [0, -1]
  }
  return [from, to]
}
