import { conv } from '../onnx/operators.js'
import type { Value } from '../onnx/types.js'
import { fusedActivation } from './activation.js'
import type { Conversion, Converter } from './conversion.js'
import { optionsOf } from './conversion.js'
import { permute } from './layout.js'
import { kernelOf, windowOf } from './windows.js'

/** In what the two convolutions of TFLite differ. */
interface Kind {
  /** How the axes of the weights become ONNX's [O,I/groups,rows,columns]. */
  readonly weights: readonly [number, number, number, number]
  /** Every channel is convolved for itself. */
  readonly depthwise: boolean
  /** Fields of the options; the two dilations follow each other, columns first. */
  readonly activation: number
  readonly dilation: number
}

const convolution =
  (kind: Kind): Converter =>
  (operator, conversion) => {
    const options = optionsOf(operator)
    const [x, weights, bias] = operator.inputs
    const kernel = conversion.constant(weights)
    const input = conversion.tensor(x).shape
    const output = conversion.tensor(operator.outputs[0]).shape
    const dilations = [options.integer(kind.dilation + 1, 1), options.integer(kind.dilation, 1)] as const
    const window = windowOf(options, kernelOf(kernel), dilations, { input, output })
    const { data, dims } = permute(kernel, kind.weights)
    const filters = conversion.graph.floats(data, dims)
    const groups = kind.depthwise ? input[3] : 1
    const result = conv(conversion.graph, conversion.value(x), filters, biasOf(conversion, bias), window, groups)
    return fusedActivation(conversion.graph, result, options.byte(kind.activation))
  }

/** Weights [O,rows,columns,I]. */
export const conv2d = convolution({ weights: [0, 3, 1, 2], depthwise: false, activation: 3, dilation: 4 })

/** Weights [1,rows,columns,C]; field 3 of the options is a multiplier, which the shape of the weights tells too. */
export const depthwiseConv2d = convolution({ weights: [3, 0, 1, 2], depthwise: true, activation: 4, dilation: 5 })

/** A bias is optional: −1 or not there at all. */
const biasOf = (conversion: Conversion, index = -1): Value | undefined =>
  index < 0 ? undefined : conversion.graph.floats(conversion.constant(index).data)
