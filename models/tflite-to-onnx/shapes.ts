import { concat, pad, reshape, resizeLinear } from '../onnx/operators.js'
import { fusedActivation } from './activation.js'
import type { Converter } from './conversion.js'
import { optionsOf } from './conversion.js'
import { permuted, toChannelsFirst } from './layout.js'

/** Second input: [axes × (before, after)]. */
export const padding: Converter = ({ inputs }, conversion) => {
  const { shape } = conversion.tensor(inputs[0])
  const pairs = conversion.integers(inputs[1])
  if (pairs.length !== shape.length * 2) throw new Error(`paddings must be two an axis, got ${pairs.length} numbers`)
  const order = shape.length === 4 ? toChannelsFirst : shape.map((_, axis) => axis)
  const side = (end: 0 | 1) => order.map(axis => pairs[axis * 2 + end] ?? 0)
  return pad(conversion.graph, conversion.value(inputs[0]), side(0), side(1))
}

/** The new shape is the output's own; elements keep TFLite's order. */
export const reshaped: Converter = ({ inputs, outputs }, conversion) => {
  const { shape } = conversion.tensor(outputs[0])
  return conversion.channelsFirst(reshape(conversion.graph, conversion.channelsLast(inputs[0]), shape))
}

/** Options: 0 axis, 1 activation. */
export const concatenation: Converter = (operator, conversion) => {
  const options = optionsOf(operator)
  const rank = conversion.tensor(operator.outputs[0]).shape.length
  const axis = options.integer(0) < 0 ? options.integer(0) + rank : options.integer(0)
  const place = rank === 4 ? toChannelsFirst.indexOf(axis as 0 | 1 | 2 | 3) : axis
  const parts = operator.inputs.map(index => conversion.value(index))
  return fusedActivation(conversion.graph, concat(conversion.graph, parts, place), options.byte(1))
}

/** Options: 2 corners aligned, 3 half-pixel centres; the size is the output's own. */
export const resizeBilinear: Converter = (operator, conversion) => {
  const options = optionsOf(operator)
  const { shape } = conversion.tensor(operator.outputs[0])
  const [, , height = 1, width = 1] = permuted(shape, toChannelsFirst)
  const coordinates = options.byte(2) ? 'align_corners' : options.byte(3) ? 'half_pixel' : 'asymmetric'
  return resizeLinear(conversion.graph, conversion.value(operator.inputs[0]), [height, width], coordinates)
}

/** As our models use it: a slice of everything. Inputs: what, begin, end, strides. */
export const stridedSlice: Converter = ({ inputs, outputs }, conversion) => {
  const [from, to] = [conversion.tensor(inputs[0]).shape, conversion.tensor(outputs[0]).shape]
  const whole = `${from}` === `${to}` && conversion.integers(inputs[3]).every(stride => stride === 1)
  if (!whole) throw new Error(`only a slice of everything is known, got [${to}] of [${from}]`)
  return conversion.value(inputs[0])
}
