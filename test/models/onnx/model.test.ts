import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Graph } from '../../../models/onnx/graph.js'
import { onnxGraph } from '../../../models/onnx/graph.js'
import { modelBytes } from '../../../models/onnx/model.js'
import { add, matMul } from '../../../models/onnx/operators.js'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portrait-onnx-'))
})
after(() => rm(folder, { recursive: true }))

/** Runs a graph of one input 'x' and one output 'y' in ONNX Runtime. */
async function run(graph: Graph, x: readonly number[], dims: readonly number[], options = {}): Promise<unknown> {
  const session = await InferenceSession.create(modelBytes(graph.finish()), options)
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.from(x), dims) })
  await session.release()
  return Array.from(y?.data as Float32Array)
}

/*  x [rows,2] ── MatMul [2,2] ── Add [2] ── y  */
test('a written graph runs, with a number of rows that only the run knows', async () => {
  const graph = onnxGraph()
  const x = graph.input('x', ['rows', 2])
  graph.output('y', add(graph, matMul(graph, x, graph.floats([1, 2, 3, 4], [2, 2])), graph.floats([10, 20])))
  assert.deepEqual(await run(graph, [1, 0], [1, 2]), [11, 22])
  assert.deepEqual(await run(graph, [1, 0, 0, 1], [2, 2]), [11, 22, 13, 24])
})

test('weights are read out of another file at any byte, nothing of them copied into the model', async () => {
  const file = join(folder, 'weights.bin')
  // At byte 3, because checkpoints align their tensors to nothing.
  const bytes = new Uint8Array(3 + 16 + 5)
  bytes.set(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer), 3)
  await writeFile(file, bytes)
  const graph = onnxGraph()
  const weights = graph.external('weights', 'float32', [2, 2], { location: relative('/', file), offset: 3, length: 16 })
  graph.output('y', matMul(graph, graph.input('x', [1, 2]), weights))
  const options = { extra: { session: { model_external_initializers_file_folder_path: '/' } } }
  assert.deepEqual(await run(graph, [1, 10], [1, 2], options), [31, 42])
})

test('the same bytes may be folded into another shape', async () => {
  const file = join(folder, 'folded.bin')
  await writeFile(file, new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer))
  const graph = onnxGraph()
  const place = { location: relative('/', file), offset: 0, length: 16 }
  graph.output('y', matMul(graph, graph.input('x', [1, 4]), graph.external('column', 'float32', [4, 1], place)))
  const options = { extra: { session: { model_external_initializers_file_folder_path: '/' } } }
  assert.deepEqual(await run(graph, [1, 1, 1, 1], [1, 4], options), [10])
})

test('a weight whose bytes do not fit its shape is refused while the graph is built', () => {
  const place = { location: 'weights.bin', offset: 0, length: 8 }
  assert.throws(
    () => onnxGraph().external('weights', 'float16', [2, 3], place),
    /Weight "weights" must be 12 bytes, got 8 bytes at 0 of weights\.bin\./,
  )
})

test("Microsoft's own operators and every kind of attribute are written", async () => {
  const graph = onnxGraph()
  const x = graph.input('x', [1, 3])
  const gelu = graph.node('Gelu', [x], { dims: [1, 3], domain: 'com.microsoft' })
  const leaky = graph.node('LeakyRelu', [gelu], { dims: [1, 3], attributes: { alpha: { float: 100 } } })
  graph.output('y', leaky)
  const [zero, one, minus] = (await run(graph, [0, 1, -1], [1, 3])) as [number, number, number]
  assert.equal(zero, 0)
  assert.ok(Math.abs(one - 0.841345) < 1e-5)
  assert.ok(Math.abs(minus + 15.8655) < 1e-3)
})
