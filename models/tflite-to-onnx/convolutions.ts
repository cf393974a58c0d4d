import { conv } from '../onnx/operators.js'
import type { Value } from '../onnx/types.js'
import { fusedActivation } from './activation.js'
import type { Conversion, Converter } from './conversion.js'
import { optionsOf } from './conversion.js'
import type { Constant } from './layout.js'
import { permute } from './layout.js'
import { kernelOf, windowOf } from './windows.js'

/** Weights [O,rows,columns,I]; options: padding, strides, 3 activation, 4 and 5 dilations by column and row. */
export const conv2d: Converter = (operator, conversion) => {
  const options = optionsOf(operator)
  const [x, weights, bias] = operator.inputs
  const kernel = conversion.constant(weights)
  const window = windowOf(options, kernelOf(kernel), [options.integer(5, 1), options.integer(4, 1)], {
    input: conversion.tensor(x).shape,
    output: conversion.tensor(operator.outputs[0]).shape,
  })
  const result = conv(
    conversion.graph,
    conversion.value(x),
    weightsValue(conversion, permute(kernel, [0, 3, 1, 2])),
    biasValue(conversion, bias),
    window,
  )
  return fusedActivation(conversion.graph, result, options.byte(3))
}

/** Weights [1,rows,columns,C]; options: padding, strides, 4 activation, 5 and 6 dilations by column and row. */
export const depthwiseConv2d: Converter = (operator, conversion) => {
  const options = optionsOf(operator)
  const [x, weights, bias] = operator.inputs
  const kernel = conversion.constant(weights)
  const input = conversion.tensor(x).shape
  const window = windowOf(options, kernelOf(kernel), [options.integer(6, 1), options.integer(5, 1)], {
    input,
    output: conversion.tensor(operator.outputs[0]).shape,
  })
  const result = conv(
    conversion.graph,
    conversion.value(x),
    weightsValue(conversion, permute(kernel, [3, 0, 1, 2])),
    biasValue(conversion, bias),
    window,
    input[3],
  )
  return fusedActivation(conversion.graph, result, options.byte(4))
}

const weightsValue = ({ graph }: Conversion, { data, dims }: Constant) => graph.floats(data, dims)

/** A bias is optional: −1 or not there at all. */
const biasValue = (conversion: Conversion, index = -1): Value | undefined =>
  index < 0 ? undefined : conversion.graph.floats(conversion.constant(index).data)
