const TILE = 32

/** Swaps rows and columns of a plane, tile by tile because whole columns would miss the processor's cache. */
export function transpose(plane: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(plane.length)
  for (let top = 0; top < height; top += TILE) {
    for (let left = 0; left < width; left += TILE) copyTile(plane, out, { width, height, top, left })
  }
  return out
}

function copyTile(
  plane: Float32Array,
  out: Float32Array,
  { width, height, top, left }: { width: number; height: number; top: number; left: number },
): void {
  const bottom = Math.min(top + TILE, height)
  const right = Math.min(left + TILE, width)
  for (let x = left; x < right; x++) {
    for (let y = top; y < bottom; y++) out[x * height + y] = plane[y * width + x]
  }
}
