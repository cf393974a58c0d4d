import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flushTinyWeights } from '../../models/denormals.js'
import { onnxGraph } from '../../models/onnx/graph.js'
import { modelBytes } from '../../models/onnx/model.js'
import { add } from '../../models/onnx/operators.js'

/** A model that adds four weights. */
function model(weights: readonly number[]): Uint8Array {
  const graph = onnxGraph()
  graph.output('y', add(graph, graph.input('x', [4]), graph.floats(weights)))
  return modelBytes(graph.finish())
}

test('weights below the limit become zero, all other bytes stay', () => {
  assert.deepEqual(flushTinyWeights(model([1e-19, -1e-21, 1e-40, -3])), model([1e-19, 0, 0, -3]))
})

test('the file that was handed in is not written to', () => {
  const given = Buffer.from(model([1e-21, 1, 2, 3]))
  const before = Buffer.from(given)
  flushTinyWeights(given)
  assert.deepEqual(given, before)
})
