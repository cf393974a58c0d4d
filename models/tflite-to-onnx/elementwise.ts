import type { Graph } from '../onnx/graph.js'
import { elements } from '../onnx/graph.js'
import { add, hardSwish, mul, pRelu, relu, sigmoid } from '../onnx/operators.js'
import type { Value } from '../onnx/types.js'
import { fusedActivation } from './activation.js'
import type { Conversion, Converter } from './conversion.js'

const unary =
  (make: (graph: Graph, x: Value) => Value): Converter =>
  ({ inputs }, conversion) =>
    make(conversion.graph, conversion.value(inputs[0]))

/** Option 0 is the fused activation. */
const binary =
  (make: (graph: Graph, a: Value, b: Value) => Value): Converter =>
  ({ inputs, options }, conversion) => {
    const [a, b] = inputs
    refuseMixedRanks(conversion, a, b)
    const result = make(conversion.graph, conversion.value(a), conversion.value(b))
    return fusedActivation(conversion.graph, result, options?.byte(0) ?? 0)
  }

/** A short shape is aligned at its end, which is channels in TFLite but columns in ONNX; single numbers do not mind. */
function refuseMixedRanks(conversion: Conversion, a: number | undefined, b: number | undefined): void {
  const [one, other] = [conversion.tensor(a).shape, conversion.tensor(b).shape]
  if (one.length === other.length || elements(one) === 1 || elements(other) === 1) return
  throw new Error(`both inputs must have as many axes, got [${one}] and [${other}]`)
}

export const addition = binary(add)
export const product = binary(mul)
export const hardSwished = unary(hardSwish)
export const logistic = unary(sigmoid)
export const rectified = unary(relu)

/** One slope a channel: [1,1,C] becomes [C,1,1]. */
export const preluOf: Converter = ({ inputs }, conversion) => {
  const { data, dims } = conversion.constant(inputs[1])
  if (dims.at(-1) !== data.length) throw new Error(`slopes must be one a channel, got [${dims}]`)
  const x = conversion.value(inputs[0])
  const rank = x.dims.length
  return pRelu(conversion.graph, x, conversion.graph.floats(data, rank === 4 ? [data.length, 1, 1] : [data.length]))
}
