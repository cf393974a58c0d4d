/**
 * Grey dilation by an elliptical kernel of 2·|pixels| + 1 a side, erosion for a negative number, as OpenCV's `dilate`
 * and `erode` with MORPH_ELLIPSE; beyond the frame there is nothing. Time grows with the radius, and only around what
 * is not constant: a face's surroundings cost nothing.
 */
export function padEllipse(data: Float32Array, width: number, height: number, pixels: number): Float32Array {
  const radius = Math.abs(pixels)
  const sign = pixels < 0 ? -1 : 1
  const base = data[0]
  const area = changing(data, width, height, radius)
  const out = new Float32Array(data.length).fill(base)
  if (area.bottom <= area.top) return out
  const [w, h] = [area.right - area.left, area.bottom - area.top]
  const part = new Float32Array(w * h)
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) part[y * w + x] = sign * data[(area.top + y) * width + area.left + x]
  const grown = dilate(part, w, h, radius)
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) out[(area.top + y) * width + area.left + x] = sign * grown[y * w + x]
  return out
}

/** The rectangle of all pixels that differ from the first one, and `margin` around it. */
function changing(data: Float32Array, width: number, height: number, margin: number) {
  let [left, right, top, bottom] = [width, 0, height, 0]
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width)
    const first = row.findIndex(value => value !== data[0])
    if (first < 0) continue
    left = Math.min(left, first)
    right = Math.max(right, row.findLastIndex(value => value !== data[0]) + 1)
    top = Math.min(top, y)
    bottom = y + 1
  }
  if (bottom === 0) return { left: 0, right: 0, top: 0, bottom: 0 }
  return {
    left: Math.max(0, left - margin),
    right: Math.min(width, right + margin),
    top: Math.max(0, top - margin),
    bottom: Math.min(height, bottom + margin),
  }
}

/** The largest value under the ellipse, built from running maxima of rows that widen by one pixel at a time. */
function dilate(data: Float32Array, width: number, height: number, radius: number): Float32Array {
  const out = data.slice()
  const halves = Array.from({ length: radius + 1 }, (_, dy) => Math.round(Math.sqrt(radius * radius - dy * dy)))
  let spread = data
  for (let half = 0; half <= radius; half++) {
    if (half > 0) spread = widen(spread, width, height)
    halves.forEach((wanted, dy) => {
      if (wanted !== half) return
      raise(out, spread, dy * width)
      if (dy > 0) raise(out, spread, -dy * width)
    })
  }
  return out
}

/** From the maxima over ±(k − 1) pixels of a row, those over ±k. */
function widen(spread: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(spread.length)
  for (let y = 0; y < height; y++) {
    const [start, end] = [y * width, (y + 1) * width]
    for (let i = start; i < end; i++) {
      let value = spread[i]
      if (i > start && spread[i - 1] > value) value = spread[i - 1]
      if (i + 1 < end && spread[i + 1] > value) value = spread[i + 1]
      out[i] = value
    }
  }
  return out
}

/** Raises each pixel to that which lies `offset` samples further, where there is one. */
function raise(out: Float32Array, spread: Float32Array, offset: number): void {
  const end = Math.min(out.length, out.length - offset)
  for (let i = Math.max(0, -offset); i < end; i++) if (spread[i + offset] > out[i]) out[i] = spread[i + offset]
}
