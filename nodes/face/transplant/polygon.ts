import type { Point } from '../../ports.js'

/** Marks the pixels whose centre lies in a closed polygon (even-odd) with 1. */
export function fillPolygon(corners: readonly Point[], width: number, height: number, into: Uint8Array): void {
  for (let y = 0; y < height; y++) {
    const crossings = crossingsOfRow(corners, y + 0.5)
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      const from = Math.max(0, Math.ceil(crossings[k] - 0.5))
      const to = Math.min(width, Math.ceil(crossings[k + 1] - 0.5))
      if (from < to) into.fill(1, y * width + from, y * width + to)
    }
  }
}

function crossingsOfRow(corners: readonly Point[], y: number): number[] {
  const crossings: number[] = []
  for (let i = 0; i < corners.length; i++) {
    const [x1, y1] = corners[i]
    const [x2, y2] = corners[(i + 1) % corners.length]
    if (y1 <= y !== y2 <= y) crossings.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1))
  }
  return crossings.sort((a, b) => a - b)
}
