import type { FlatTable } from '../flatbuffers.js'
import type { Window } from '../onnx/shape.js'
import type { Constant } from './layout.js'

/** Where a window lies: what it reads, what it makes, both [N,rows,columns,C]. */
export interface WindowPlace {
  readonly input: readonly number[]
  readonly output: readonly number[]
}

type Pair = readonly [number, number]

/** The rows and columns of a convolution's weights, which are [O,rows,columns,I]. */
export const kernelOf = ({ dims }: Constant): Pair => [dims[1] ?? 1, dims[2] ?? 1]

/**
 * The window of a convolution or pooling: its options begin with padding, column stride and row stride; dilations come
 * as the schema has them.
 */
export function windowOf(options: FlatTable, kernel: Pair, dilations: Pair, place: WindowPlace): Window {
  const strides: Pair = [options.integer(2, 1), options.integer(1, 1)]
  if (Math.min(...strides, ...dilations, ...kernel) < 1) {
    throw new Error(`strides, dilations and kernel must be positive, got [${strides}], [${dilations}], [${kernel}]`)
  }
  const missing = ([0, 1] as const).map(axis => {
    const covered = ((place.output[axis + 1] ?? 1) - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1
    return Math.max(covered - (place.input[axis + 1] ?? 1), 0)
  })
  return { kernel, strides, dilations, pads: splitPads(options.byte(0), missing) }
}

/** Padding 0 is SAME: what is missing goes around the picture, the odd row and column to the end. 1 is VALID: none. */
export function splitPads(padding: number, [rows = 0, columns = 0]: readonly number[]): Window['pads'] {
  if (padding === 1) return [0, 0, 0, 0]
  const [top, left] = [rows >> 1, columns >> 1]
  return [top, left, rows - top, columns - left]
}
