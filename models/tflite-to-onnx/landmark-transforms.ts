import type { Graph } from '../onnx/graph.js'
import { elements } from '../onnx/graph.js'
import {
  abs,
  add,
  concat,
  div,
  gather,
  gridSample,
  lessOrEqual,
  matMul,
  mul,
  neg,
  reduceL2,
  reduceMax,
  reduceMin,
  reshape,
  slice,
  sub,
  toFloat,
  transpose,
} from '../onnx/operators.js'
import { known } from '../onnx/shape.js'
import type { Value } from '../onnx/types.js'
import type { Converter } from './conversion.js'
import { flexInteger, flexIntegers, flexNumber, flexOptions } from './flex-options.js'

// MediaPipe's attention mesh looks at lips and eyes again, more closely: from the first landmarks it lays a square on
// each (Landmarks2TransformMatrix), cuts the square out of a feature map (TransformTensorBilinear), finds landmarks in
// it, and takes them back to the picture (TransformLandmarks). Its three operators become ordinary ONNX here; checked
// against MediaPipe's C++ in mediapipe/util/tflite/operations.

/**
 * From landmarks [1,N,3] the matrix [1,4,4] that takes a place in the square's own pixels to the picture: the square
 * stands upright on the line between two landmarks and holds a subset of them, enlarged.
 */
export const landmarksToTransformMatrix: Converter = ({ inputs, customOptions }, { graph, value }) => {
  const options = flexOptions(customOptions)
  if (flexNumber(options, 'target_rotation_radians') !== 0) throw new Error('target_rotation_radians must be 0')
  const size = [flexInteger(options, 'output_width'), flexInteger(options, 'output_height')] as const
  const scale = [flexNumber(options, 'scale_x') / size[0], flexNumber(options, 'scale_y') / size[1]]
  const points = slice(graph, value(inputs[0]), 2, 0, 2)
  const [left, right] = (['left', 'right'] as const).map(side => flexInteger(options, `${side}_rotation_idx`))
  const along = sub(graph, gather(graph, points, 1, [right]), gather(graph, points, 1, [left]))
  const turn = turnOf(graph, along)
  const subset = gather(graph, points, 1, flexIntegers(options, 'subset_idxs'))
  const { centre, extent } = uprightBox(graph, subset, turn)
  const turnAndScale = mul(graph, turn, mul(graph, extent, graph.floats(scale, [1, 1, 2])))
  const toMiddle = graph.floats([-size[0] / 2, -size[1] / 2], [1, 2, 1])
  const shift = add(graph, matMul(graph, turnAndScale, toMiddle), transpose(graph, centre, [0, 2, 1]))
  const top = concat(graph, [turnAndScale, graph.floats([0, 0], [1, 2, 1]), shift], 2)
  return concat(graph, [top, graph.floats([0, 0, 1, 0, 0, 0, 0, 1], [1, 2, 4])], 1)
}

/**
 * The turn [1,2,2] between a direction [1,1,2] and the horizontal. Rows of points times it are levelled, it times
 * columns of points turns them back. Cosine and sine are the unit vector itself, so no angle is needed.
 */
function turnOf(graph: Graph, along: Value): Value {
  const unit = div(graph, along, reduceL2(graph, along, 2))
  const [cos, sin] = [slice(graph, unit, 2, 0, 1), slice(graph, unit, 2, 1, 2)]
  return concat(graph, [concat(graph, [cos, neg(graph, sin)], 2), concat(graph, [sin, cos], 2)], 1)
}

/** The box around points [1,N,2] once they are levelled: its centre [1,1,2] in the picture, its size [1,1,2]. */
function uprightBox(graph: Graph, points: Value, turn: Value) {
  const level = matMul(graph, points, turn)
  const [most, least] = [reduceMax(graph, level, 1), reduceMin(graph, level, 1)]
  const middle = mul(graph, add(graph, most, least), graph.floats([0.5], [1]))
  const centre = matMul(graph, middle, transpose(graph, turn, [0, 2, 1]))
  return { centre, extent: sub(graph, most, least) }
}

/** Larger cut-outs than this come from a damaged file. */
const mostPixels = 2 ** 16

/** Cuts a square out of a feature map [1,C,H,W] by a matrix [1,4,4]: bilinear, 0 where it leaves the map. */
export const transformTensorBilinear: Converter = ({ inputs, customOptions }, { graph, value }) => {
  const options = flexOptions(customOptions)
  const [height, width] = [flexInteger(options, 'output_height'), flexInteger(options, 'output_width')]
  if (height < 1 || width < 1 || height * width > mostPixels) throw new Error(`it cuts out ${width} × ${height} pixels`)
  const features = value(inputs[0])
  const centres = graph.floats(pixelCentres(height, width), [1, height * width, 3])
  const matrix = gather(graph, slice(graph, value(inputs[1]), 1, 0, 2), 2, [0, 1, 3])
  const places = sub(graph, matMul(graph, centres, transpose(graph, matrix, [0, 2, 1])), graph.floats([0.5], [1]))
  // From 0…W−1 to the −1…1 that GridSample counts in.
  const [, , rows, columns] = features.dims.map(dim => known('TransformTensorBilinear', dim))
  const toUnit = graph.floats([2 / ((columns ?? 1) - 1), 2 / ((rows ?? 1) - 1)], [1, 1, 2])
  const unit = sub(graph, mul(graph, places, toUnit), graph.floats([1], [1]))
  const sampled = gridSample(graph, features, reshape(graph, unit, [1, height, width, 2]))
  // GridSample fades out over the pixel beyond the edge; MediaPipe gives 0 at once.
  const outermost = reduceMax(graph, abs(graph, unit), 2)
  const inside = toFloat(graph, lessOrEqual(graph, outermost, graph.floats([1], [1])))
  return mul(graph, sampled, reshape(graph, inside, [1, 1, height, width]))
}

/** The homogeneous centres (x + ½, y + ½, 1) of pixels, row by row. */
const pixelCentres = (height: number, width: number): Float32Array =>
  Float32Array.from({ length: elements([height, width, 3]) }, (_, index) => {
    const pixel = Math.floor(index / 3)
    return [(pixel % width) + 0.5, Math.floor(pixel / width) + 0.5, 1][index % 3] ?? 1
  })

/** Takes points [1,N,2] through the plane part of a matrix [1,4,4]. */
export const transformLandmarks: Converter = ({ inputs }, { graph, value }) => {
  const rows = slice(graph, value(inputs[1]), 1, 0, 2)
  const [linear, shift] = [slice(graph, rows, 2, 0, 2), slice(graph, rows, 2, 3, 4)]
  const turned = matMul(graph, value(inputs[0]), transpose(graph, linear, [0, 2, 1]))
  return add(graph, turned, transpose(graph, shift, [0, 2, 1]))
}
