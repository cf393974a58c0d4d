import type { Dim, Value } from './types.js'

// Arithmetic on shapes; each function throws a sentence at the place where the graph is built, long before the
// runtime would find the same mistake in a finished file.

/** Refuses a value that has another number of axes. */
export function requireRank(operator: string, value: Value, rank: number): void {
  if (value.dims.length === rank) return
  throw new Error(`${operator} wants ${rank} axes, got "${value.name}" of shape [${value.dims}].`)
}

/** Refuses two lengths that must be one. */
export function requireSame(operator: string, what: string, wanted: Dim | undefined, got: Dim | undefined): void {
  if (wanted === got) return
  throw new Error(`${operator} wants ${what} ${wanted}, got ${got}.`)
}

/** The length of an axis where a number is needed to go on. */
export function known(operator: string, dim: Dim | undefined): number {
  if (typeof dim === 'number') return dim
  throw new Error(`${operator} wants an axis of known length, got ${dim}.`)
}

/** The place of an axis that may be counted from the end. */
export function axisOf(operator: string, { name, dims }: Value, axis: number): number {
  const place = axis < 0 ? axis + dims.length : axis
  if (Number.isInteger(place) && place >= 0 && place < dims.length) return place
  throw new Error(`${operator} wants an axis of "${name}" with shape [${dims}], got ${axis}.`)
}

/** The shape of an element-wise operation on two shapes: aligned at the end, lengths of 1 repeat. */
export function broadcast(operator: string, a: Value, b: Value): readonly Dim[] {
  const length = Math.max(a.dims.length, b.dims.length)
  const lengthOf = (dims: readonly Dim[], axis: number) => dims[axis - length + dims.length] ?? 1
  return Array.from({ length }, (_, axis) => {
    const [one, other] = [lengthOf(a.dims, axis), lengthOf(b.dims, axis)]
    if (one === other || other === 1) return one
    if (one === 1) return other
    throw new Error(
      `${operator} wants shapes that match or repeat, got "${a.name}" [${a.dims}] and "${b.name}" [${b.dims}].`,
    )
  })
}

/** Rows and columns that a window walks over: paddings in ONNX's order, top, left, bottom, right. */
export interface Window {
  readonly kernel: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly pads: readonly [number, number, number, number]
  readonly dilations?: readonly [number, number]
}

/** How often a window fits along rows (0) or columns (1) of a picture. */
export function windowed(operator: string, dim: Dim | undefined, axis: 0 | 1, window: Window): number {
  const reach = (window.kernel[axis] - 1) * (window.dilations?.[axis] ?? 1) + 1
  const room = known(operator, dim) + window.pads[axis] + window.pads[axis + 2]! - reach
  if (room >= 0 && window.strides[axis] > 0) return Math.floor(room / window.strides[axis]) + 1
  throw new Error(`${operator} wants a window no larger than the picture, got ${reach} over ${dim}.`)
}
