import type { Converter } from './conversion.js'
import { conv2d, depthwiseConv2d } from './convolutions.js'
import { convolution2dTransposeBias } from './custom.js'
import { addition, hardSwished, logistic, preluOf, product, rectified } from './elementwise.js'
import { landmarksToTransformMatrix, transformLandmarks, transformTensorBilinear } from './landmark-transforms.js'
import { averagePool2d, maxPool2d } from './pooling.js'
import { concatenation, padding, reshaped, resizeBilinear, stridedSlice } from './shapes.js'

/** Every TFLite operator the compiler knows, by its name in the file. */
export const converters: ReadonlyMap<string, Converter> = new Map([
  ['ADD', addition],
  ['AVERAGE_POOL_2D', averagePool2d],
  ['CONCATENATION', concatenation],
  ['CONV_2D', conv2d],
  ['DEPTHWISE_CONV_2D', depthwiseConv2d],
  ['HARD_SWISH', hardSwished],
  ['LOGISTIC', logistic],
  ['MAX_POOL_2D', maxPool2d],
  ['MUL', product],
  ['PAD', padding],
  ['PRELU', preluOf],
  ['RELU', rectified],
  ['RESHAPE', reshaped],
  ['RESIZE_BILINEAR', resizeBilinear],
  ['STRIDED_SLICE', stridedSlice],
  ['Convolution2DTransposeBias', convolution2dTransposeBias],
  ['Landmarks2TransformMatrix', landmarksToTransformMatrix],
  ['TransformLandmarks', transformLandmarks],
  ['TransformTensorBilinear', transformTensorBilinear],
])
