import type { Graph } from './graph.js'
import { elements } from './graph.js'
import type { Window } from './shape.js'
import { axisOf, broadcast, known, requireRank, requireSame, windowed } from './shape.js'
import type { Attribute, Dim, Value } from './types.js'
import { elementTypes } from './types.js'

// ONNX's operators (opset 17), one function each: they know the shape of their result and refuse inputs that do not
// go together. https://onnx.ai/onnx/operators

/** An operator on each element, which keeps the shape. */
const elementwise = (operator: string) => (graph: Graph, x: Value) => graph.node(operator, [x], { dims: x.dims })

export const abs = elementwise('Abs')
export const hardSwish = elementwise('HardSwish')
export const neg = elementwise('Neg')
export const relu = elementwise('Relu')
export const sigmoid = elementwise('Sigmoid')

/** An operator on two tensors whose shapes match or repeat. */
const pairwise = (operator: string) => (graph: Graph, a: Value, b: Value) => {
  requireSame(operator, 'elements of type', a.type, b.type)
  return graph.node(operator, [a, b], { dims: broadcast(operator, a, b) })
}

export const add = pairwise('Add')
export const div = pairwise('Div')
export const mul = pairwise('Mul')
export const sub = pairwise('Sub')

/** Where a ≤ b: true. */
export const lessOrEqual = (graph: Graph, a: Value, b: Value): Value =>
  graph.node('LessOrEqual', [a, b], { dims: broadcast('LessOrEqual', a, b), type: 'bool' })

/** The same numbers as float32. */
export const toFloat = (graph: Graph, x: Value): Value =>
  graph.node('Cast', [x], { dims: x.dims, type: 'float32', attributes: { to: elementTypes.float32.code } })

/** x where positive, slope · x elsewhere; the slope repeats over x's shape. */
export function pRelu(graph: Graph, x: Value, slope: Value): Value {
  requireSame('PRelu', 'a slope that repeats over', `${x.dims}`, `${broadcast('PRelu', x, slope)}`)
  return graph.node('PRelu', [x, slope], { dims: x.dims })
}

const windowAttributes = ({ kernel, strides, pads, dilations }: Window): Record<string, Attribute> => ({
  kernel_shape: kernel,
  strides,
  pads,
  ...(dilations && { dilations }),
})

/** Convolution of [N,C,H,W] with weights [O,C/groups,h,w] and a bias [O]. */
export function conv(
  graph: Graph,
  x: Value,
  weights: Value,
  bias: Value | undefined,
  window: Window,
  groups = 1,
): Value {
  requireRank('Conv', x, 4)
  requireRank('Conv', weights, 4)
  const [n = 1, channels, height, width] = x.dims
  const [out = 1, perGroup, ...kernel] = weights.dims
  requireSame(
    'Conv',
    `weights for ${channels} channels in ${groups} groups, of depth`,
    known('Conv', channels) / groups,
    perGroup,
  )
  requireSame('Conv', 'a kernel of', `${window.kernel}`, `${kernel}`)
  if (bias) requireSame('Conv', 'a bias of', `${out}`, `${bias.dims}`)
  const dims = [n, out, windowed('Conv', height, 0, window), windowed('Conv', width, 1, window)]
  return graph.node('Conv', bias ? [x, weights, bias] : [x, weights], {
    dims,
    attributes: { ...windowAttributes(window), group: groups },
  })
}

/** Transposed convolution of [N,C,H,W] with weights [C,O,h,w] and a bias [O]. */
export function convTranspose(graph: Graph, x: Value, weights: Value, bias: Value, window: Window): Value {
  requireRank('ConvTranspose', x, 4)
  requireRank('ConvTranspose', weights, 4)
  const [n = 1, channels, height, width] = x.dims
  const [depth, out = 1] = weights.dims
  requireSame('ConvTranspose', 'weights of depth', channels, depth)
  requireSame('ConvTranspose', 'a bias of', `${out}`, `${bias.dims}`)
  const spread = (dim: Dim | undefined, axis: 0 | 1) =>
    (known('ConvTranspose', dim) - 1) * window.strides[axis] +
    window.kernel[axis] -
    window.pads[axis] -
    window.pads[axis + 2]!
  return graph.node('ConvTranspose', [x, weights, bias], {
    dims: [n, out, spread(height, 0), spread(width, 1)],
    attributes: windowAttributes(window),
  })
}

/** The largest number under a window of [N,C,H,W]. */
export function maxPool(graph: Graph, x: Value, window: Window): Value {
  requireRank('MaxPool', x, 4)
  const [n = 1, channels = 1, height, width] = x.dims
  const dims = [n, channels, windowed('MaxPool', height, 0, window), windowed('MaxPool', width, 1, window)]
  return graph.node('MaxPool', [x], { dims, attributes: windowAttributes(window) })
}

/** The mean over rows and columns of [N,C,H,W]. */
export function globalAveragePool(graph: Graph, x: Value): Value {
  requireRank('GlobalAveragePool', x, 4)
  const [n = 1, channels = 1] = x.dims
  return graph.node('GlobalAveragePool', [x], { dims: [n, channels, 1, 1] })
}

/** Zeros around a tensor: so many before and after along each axis. */
export function pad(graph: Graph, x: Value, before: readonly number[], after: readonly number[]): Value {
  requireSame('Pad', 'a padding for axes', x.dims.length, before.length)
  requireSame('Pad', 'a padding for axes', x.dims.length, after.length)
  const dims = x.dims.map((dim, axis) => {
    const more = (before[axis] ?? 0) + (after[axis] ?? 0)
    return more === 0 ? dim : known('Pad', dim) + more
  })
  return graph.node('Pad', [x, graph.integers([...before, ...after])], { dims })
}

/** Linear interpolation of [N,C,H,W] to another size. */
export function resizeLinear(
  graph: Graph,
  x: Value,
  [height, width]: readonly [number, number],
  coordinates: 'half_pixel' | 'align_corners' | 'asymmetric',
): Value {
  requireRank('Resize', x, 4)
  const dims = [known('Resize', x.dims[0]), known('Resize', x.dims[1]), height, width]
  const attributes = { mode: 'linear', coordinate_transformation_mode: coordinates }
  return graph.node('Resize', [x, undefined, undefined, graph.integers(dims)], { dims, attributes })
}

/** Tensors one after the other along an axis. */
export function concat(graph: Graph, parts: readonly Value[], axis: number): Value {
  const [first, ...rest] = parts
  if (!first) throw new Error('Concat wants at least one tensor, got none.')
  const place = axisOf('Concat', first, axis)
  for (const part of rest) {
    const others = (dims: readonly Dim[]) => dims.toSpliced(place, 1).join()
    requireSame('Concat', `tensors that differ only along axis ${place}, others`, others(first.dims), others(part.dims))
  }
  const length = parts.reduce((sum, part) => sum + known('Concat', part.dims[place]), 0)
  return graph.node('Concat', parts, { dims: first.dims.with(place, length), attributes: { axis: place } })
}

/** The same elements in another shape. */
export function reshape(graph: Graph, x: Value, dims: readonly number[]): Value {
  const count = elements(x.dims.map(dim => known('Reshape', dim)))
  requireSame('Reshape', `as many elements for [${dims}] as [${x.dims}] has,`, count, elements(dims))
  return graph.node('Reshape', [x, graph.integers(dims)], { dims })
}

/** Axes in another order: axis i of the result is axis order[i] of x. */
export function transpose(graph: Graph, x: Value, order: readonly number[]): Value {
  requireSame('Transpose', 'an order of axes', x.dims.length, new Set(order).size)
  const dims = order.map(axis => x.dims[axisOf('Transpose', x, axis)] ?? 1)
  return graph.node('Transpose', [x], { dims, attributes: { perm: order } })
}

/** The part of x from `start` up to before `end` along an axis. */
export function slice(graph: Graph, x: Value, axis: number, start: number, end: number): Value {
  const place = axisOf('Slice', x, axis)
  const length = known('Slice', x.dims[place])
  if (start < 0 || start >= end || end > length) {
    throw new Error(`Slice wants a range within 0…${length} of axis ${place}, got ${start}…${end}.`)
  }
  const inputs = [x, graph.integers([start]), graph.integers([end]), graph.integers([place])]
  return graph.node('Slice', inputs, { dims: x.dims.with(place, end - start) })
}

/** The named places of x along an axis. */
export function gather(graph: Graph, x: Value, axis: number, indices: readonly number[]): Value {
  const place = axisOf('Gather', x, axis)
  const length = known('Gather', x.dims[place])
  const stray = indices.find(index => index < 0 || index >= length)
  if (stray !== undefined) throw new Error(`Gather wants places below ${length} of axis ${place}, got ${stray}.`)
  const dims = x.dims.with(place, indices.length)
  return graph.node('Gather', [x, graph.integers(indices)], { dims, attributes: { axis: place } })
}

/** A reduction over one axis, which stays with length 1. */
const reduction = (operator: string) => (graph: Graph, x: Value, axis: number) => {
  const place = axisOf(operator, x, axis)
  return graph.node(operator, [x], { dims: x.dims.with(place, 1), attributes: { axes: [place], keepdims: 1 } })
}

export const reduceL2 = reduction('ReduceL2')
export const reduceMax = reduction('ReduceMax')
export const reduceMin = reduction('ReduceMin')

/** Matrix product over the last two axes; axes in front must be the same or absent. */
export function matMul(graph: Graph, a: Value, b: Value): Value {
  requireSame('MatMul', 'a second matrix of rows', a.dims.at(-1), b.dims.at(-2))
  const batch = (value: Value) => ({ ...value, dims: value.dims.slice(0, -2) })
  const dims = [...broadcast('MatMul', batch(a), batch(b)), a.dims.at(-2) ?? 1, b.dims.at(-1) ?? 1]
  return graph.node('MatMul', [a, b], { dims })
}

/** Samples [N,C,H,W] bilinearly at [N,h,w,2] places (x, y), −1…1 from centre to centre of the outermost pixels. */
export function gridSample(graph: Graph, x: Value, grid: Value): Value {
  requireRank('GridSample', x, 4)
  requireRank('GridSample', grid, 4)
  const [n = 1, channels = 1] = x.dims
  requireSame('GridSample', 'a grid for pictures', n, grid.dims[0])
  requireSame('GridSample', 'places of coordinates', 2, grid.dims[3])
  const attributes = { align_corners: 1, mode: 'bilinear', padding_mode: 'zeros' }
  return graph.node('GridSample', [x, grid], { dims: [n, channels, grid.dims[1] ?? 1, grid.dims[2] ?? 1], attributes })
}
