/** A plane with its size; rows from the top. */
export interface Plane {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

/** Half the size, each way (rounded up), after the 1 4 6 4 1 filter of Burt and Adelson (1983). */
export function halve({ width, height, data }: Plane): Plane {
  const [w, h] = [(width + 1) >> 1, (height + 1) >> 1]
  const out = new Float32Array(w * h)
  // Two samples of border on each side spare the inner loop its checks.
  const row = new Float32Array(width + 4)
  for (let y = 0; y < h; y++) {
    const at = (k: number) => Math.max(0, Math.min(height - 1, 2 * y + k)) * width
    const [a, b, c, d, e] = [at(-2), at(-1), at(0), at(1), at(2)]
    for (let x = 0; x < width; x++)
      row[x + 2] = (data[a + x] + data[e + x] + 4 * (data[b + x] + data[d + x]) + 6 * data[c + x]) / 16
    row[0] = row[1] = row[2]
    row[width + 2] = row[width + 3] = row[width + 1]
    for (let x = 0, i = 0; x < w; x++, i += 2)
      out[y * w + x] = (row[i] + row[i + 4] + 4 * (row[i + 1] + row[i + 3]) + 6 * row[i + 2]) / 16
  }
  return { width: w, height: h, data: out }
}

/** Reads a halved plane back at the full size, one row at a time (the row is overwritten by the next). */
export function doubledRows({ width: w, height: h, data }: Plane, width: number): (y: number) => Float32Array {
  const mixed = new Float32Array(w + 2)
  const row = new Float32Array(width + 1)
  return y => {
    const middle = y >> 1
    const above = Math.max(0, middle - 1) * w
    const here = middle * w
    const below = Math.min(h - 1, middle + 1) * w
    if (y & 1) for (let x = 0; x < w; x++) mixed[x + 1] = 0.5 * (data[here + x] + data[below + x])
    else for (let x = 0; x < w; x++) mixed[x + 1] = 0.125 * (data[above + x] + data[below + x]) + 0.75 * data[here + x]
    mixed[0] = mixed[1]
    mixed[w + 1] = mixed[w]
    for (let x = 0, i = 0; i < width; x++, i += 2) {
      row[i] = 0.125 * (mixed[x] + mixed[x + 2]) + 0.75 * mixed[x + 1]
      row[i + 1] = 0.5 * (mixed[x + 1] + mixed[x + 2])
    }
    return row
  }
}

/** The plane and its halves, down to `levels` of them. */
export function halvings(plane: Plane, levels: number): readonly Plane[] {
  const out = [plane]
  for (let i = 0; i < levels; i++) out.push(halve(out[i]))
  return out
}

/**
 * Multiplies each band of detail of a plane with the mask of that size, in place: fine detail ends at the mask's edge,
 * coarse shading fades over a wide rim. Added to a picture, a difference so treated is their multi-band blend.
 */
export function maskBands(plane: Plane, masks: readonly Plane[], level = 0): void {
  const { data, width, height } = plane
  const mask = masks[level].data
  if (level === masks.length - 1) {
    for (let i = 0; i < data.length; i++) data[i] *= mask[i]
    return
  }
  const coarse = halve(plane)
  const masked = { ...coarse, data: coarse.data.slice() }
  maskBands(masked, masks, level + 1)
  const [before, after] = [doubledRows(coarse, width), doubledRows(masked, width)]
  for (let y = 0, i = 0; y < height; y++) {
    const [was, is] = [before(y), after(y)]
    for (let x = 0; x < width; x++, i++) data[i] = mask[i] * (data[i] - was[x]) + is[x]
  }
}

/** Fills what a plane does not know (weight 0…1 below 1) smoothly from what it does, in place: pull and push. */
export function fillUnknown(plane: Plane, weight: Float32Array): void {
  const { data, width, height } = plane
  if (Math.min(width, height) <= 2) {
    spreadMean(data, weight)
    return
  }
  const coarse = halve({ width, height, data: data.map((value, i) => value * weight[i]) })
  const coarseWeight = halve({ width, height, data: weight }).data
  for (let i = 0; i < coarseWeight.length; i++)
    coarse.data[i] = coarseWeight[i] > 0 ? coarse.data[i] / coarseWeight[i] : 0
  fillUnknown(
    coarse,
    coarseWeight.map(value => Math.min(1, value * 4)),
  )
  const rows = doubledRows(coarse, width)
  for (let y = 0, i = 0; y < height; y++) {
    const row = rows(y)
    for (let x = 0; x < width; x++, i++) data[i] = weight[i] * data[i] + (1 - weight[i]) * row[x]
  }
}

function spreadMean(data: Float32Array, weight: Float32Array): void {
  let [sum, total] = [0, 0]
  for (let i = 0; i < data.length; i++) {
    sum += data[i] * weight[i]
    total += weight[i]
  }
  data.fill(total > 0 ? sum / total : 0)
}
