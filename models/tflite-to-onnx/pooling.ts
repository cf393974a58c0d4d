import { globalAveragePool, maxPool } from '../onnx/operators.js'
import { fusedActivation } from './activation.js'
import type { Converter } from './conversion.js'
import { optionsOf } from './conversion.js'
import { windowOf } from './windows.js'

/** Options: padding, strides, 3 and 4 columns and rows of the window, 5 activation. */
export const maxPool2d: Converter = (operator, conversion) => {
  const options = optionsOf(operator)
  const window = windowOf(options, [options.integer(4, 1), options.integer(3, 1)], [1, 1], {
    input: conversion.tensor(operator.inputs[0]).shape,
    output: conversion.tensor(operator.outputs[0]).shape,
  })
  const result = maxPool(conversion.graph, conversion.value(operator.inputs[0]), window)
  return fusedActivation(conversion.graph, result, options.byte(5))
}

/** As our models use it: one window over the whole picture. */
export const averagePool2d: Converter = (operator, conversion) => {
  const options = optionsOf(operator)
  const [, rows, columns] = conversion.tensor(operator.inputs[0]).shape
  const [height, width] = [options.integer(4, 1), options.integer(3, 1)]
  if (rows !== height || columns !== width) {
    throw new Error(`the window must cover the whole picture of ${rows} × ${columns}, got ${height} × ${width}`)
  }
  const result = globalAveragePool(conversion.graph, conversion.value(operator.inputs[0]))
  return fusedActivation(conversion.graph, result, options.byte(5))
}
