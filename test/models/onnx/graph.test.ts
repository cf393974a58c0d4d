import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onnxGraph } from '../../../models/onnx/graph.js'
import {
  add,
  concat,
  conv,
  gather,
  lessOrEqual,
  matMul,
  maxPool,
  pad,
  reshape,
  slice,
  transpose,
} from '../../../models/onnx/operators.js'

const window3 = { kernel: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] } as const

test('shapes follow through a graph while it is built', () => {
  const graph = onnxGraph()
  const x = graph.input('x', [1, 4, 9, 8])
  const weights = graph.floats(new Float32Array(6 * 2 * 9), [6, 2, 3, 3])
  const bias = graph.floats(new Float32Array(6))
  const y = conv(graph, x, weights, bias, window3, 2)
  assert.deepEqual(y.dims, [1, 6, 4, 4])
  assert.deepEqual(maxPool(graph, y, { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] }).dims, [1, 6, 2, 2])
  assert.deepEqual(pad(graph, y, [0, 0, 1, 2], [0, 0, 3, 4]).dims, [1, 6, 8, 10])
  assert.deepEqual(transpose(graph, y, [0, 2, 3, 1]).dims, [1, 4, 4, 6])
  assert.deepEqual(concat(graph, [y, y], -1).dims, [1, 6, 4, 8])
  assert.deepEqual(slice(graph, y, 1, 2, 5).dims, [1, 3, 4, 4])
  assert.deepEqual(gather(graph, y, 3, [0, 0, 3]).dims, [1, 6, 4, 3])
  assert.deepEqual(matMul(graph, reshape(graph, y, [24, 4]), graph.floats(new Float32Array(8), [4, 2])).dims, [24, 2])
  assert.equal(lessOrEqual(graph, y, graph.floats([1])).type, 'bool')
})

test('axes may be known by name only, where an operator does not count on them', () => {
  const graph = onnxGraph()
  const tokens = graph.input('tokens', ['batch', 'length', 4])
  assert.deepEqual(add(graph, tokens, graph.floats(new Float32Array(4))).dims, ['batch', 'length', 4])
  assert.deepEqual(pad(graph, tokens, [0, 0, 1], [0, 0, 0]).dims, ['batch', 'length', 5])
  assert.deepEqual(matMul(graph, tokens, graph.floats(new Float32Array(12), [4, 3])).dims, ['batch', 'length', 3])
  assert.throws(() => reshape(graph, tokens, [4, 4]), /Reshape wants an axis of known length, got batch\./)
})

test('a mistake is reported where it is made', () => {
  const graph = onnxGraph()
  const x = graph.input('x', [1, 4, 9, 8])
  const weights = graph.floats(new Float32Array(6 * 3 * 9), [6, 3, 3, 3])
  assert.throws(() => conv(graph, x, weights, undefined, window3), /Conv wants weights for 4 channels in 1 groups/)
  assert.throws(() => maxPool(graph, x, { ...window3, kernel: [30, 3] }), /MaxPool wants a window no larger/)
  assert.throws(
    () => add(graph, x, graph.floats([1, 2, 3])),
    /Add wants shapes that match or repeat, got "x" \[1,4,9,8\]/,
  )
  assert.throws(() => add(graph, x, graph.integers([1])), /Add wants elements of type float32, got int64/)
  assert.throws(() => reshape(graph, x, [7]), /Reshape wants as many elements for \[7\] .* 288, got 7\./)
  assert.throws(() => concat(graph, [x, weights], 1), /Concat wants tensors that differ only along axis 1/)
  assert.throws(() => concat(graph, [], 1), /at least one tensor/)
  assert.throws(() => slice(graph, x, 4, 0, 1), /Slice wants an axis of "x"/)
  assert.throws(() => slice(graph, x, 1, 2, 6), /Slice wants a range within 0…4 of axis 1, got 2…6/)
  assert.throws(() => gather(graph, x, 1, [4]), /Gather wants places below 4 of axis 1, got 4/)
  assert.throws(() => transpose(graph, x, [0, 0, 1, 2]), /Transpose wants an order of axes 4, got 3/)
  assert.throws(() => matMul(graph, x, x), /MatMul wants a second matrix of rows 8, got 9/)
  assert.throws(() => graph.floats([1, 2], [3]), /A constant of shape \[3\] must have 3 elements, got 2/)
  assert.throws(() => graph.input('x', [1]), /has a value "x" already/)
})

test('equal small constants are carried once', () => {
  const graph = onnxGraph()
  assert.equal(graph.integers([1, 2]), graph.integers([1, 2]))
  assert.notEqual(graph.integers([1, 2]), graph.integers([1, 2], [1, 2]))
  assert.notEqual(graph.floats([1, 2]), graph.floats([2, 1]))
  assert.equal(graph.finish().initializers.length, 4)
})
