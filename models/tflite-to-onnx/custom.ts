import { convTranspose } from '../onnx/operators.js'
import type { Converter } from './conversion.js'
import { permute } from './layout.js'
import { kernelOf, splitPads } from './windows.js'

/**
 * MediaPipe's transposed convolution with a bias. Options: three int32, padding (1 is SAME), column stride, row stride;
 * weights [O,rows,columns,I]. (mediapipe/util/tflite/operations/transpose_conv_bias.cc, for the meaning)
 */
export const convolution2dTransposeBias: Converter = ({ inputs, outputs, customOptions }, conversion) => {
  const [x, weights, bias] = inputs
  if (customOptions?.length !== 12) throw new Error(`its options must be 12 bytes, got ${customOptions?.length ?? 0}`)
  const [padding, columnStride = 1, rowStride = 1] = new Int32Array(new Uint8Array(customOptions).buffer)
  if (padding !== 1 || rowStride < 1 || columnStride < 1) {
    throw new Error(`padding must be SAME (1) and strides positive, got ${padding}, ${columnStride}, ${rowStride}`)
  }
  const kernel = conversion.constant(weights)
  const [rows, columns] = kernelOf(kernel)
  const [input, output] = [conversion.tensor(x).shape, conversion.tensor(outputs[0]).shape]
  const surplus = [
    rows + rowStride * ((input[1] ?? 1) - 1) - (output[1] ?? 1),
    columns + columnStride * ((input[2] ?? 1) - 1) - (output[2] ?? 1),
  ]
  const { data, dims } = permute(kernel, [3, 0, 1, 2])
  return convTranspose(
    conversion.graph,
    conversion.value(x),
    conversion.graph.floats(data, dims),
    conversion.graph.floats(conversion.constant(bias).data),
    { kernel: [rows, columns], strides: [rowStride, columnStride], pads: splitPads(0, surplus) },
  )
}
