import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { collect } from '../../../models/collect.js'
import { readEmbedded } from '../../../models/embedded.js'
import { modelBytes } from '../../../models/onnx/model.js'
import { readTflite } from '../../../models/tflite.js'
import { tfliteToOnnx } from '../../../models/tflite-to-onnx/convert.js'

before(() => collect())

/** Side of the feature map and of what is cut out of it. */
const side = 20
const cut = 16

/*  features [1,20,20,1] ──┐
                           ├── TransformTensorBilinear ── output [1,16,16,1]
    matrix [1,4,4] ────────┘                                                   */
async function cutOut(features: Float32Array, matrix: readonly number[]): Promise<readonly number[]> {
  const { operators } = readTflite(await readEmbedded('face-mesh'))
  const operator = operators.find(({ name }) => name === 'TransformTensorBilinear')
  assert.ok(operator, 'its options say 16 × 16')
  const tensor = (name: string, shape: readonly number[]) => ({ name, shape, type: 'float32' as const })
  const graph = tfliteToOnnx({
    tensors: [tensor('features', [1, side, side, 1]), tensor('matrix', [1, 4, 4]), tensor('output', [1, cut, cut, 1])],
    operators: [{ ...operator, inputs: [0, 1], outputs: [2] }],
    inputs: [0, 1],
    outputs: [2],
  })
  const session = await InferenceSession.create(modelBytes(graph))
  const { output } = await session.run({
    features: new Tensor('float32', features, [1, side, side, 1]),
    matrix: new Tensor('float32', Float32Array.from(matrix), [1, 4, 4]),
  })
  await session.release()
  return Array.from(output?.data as Float32Array)
}

/** What MediaPipe's operator does, pixel by pixel: between the four neighbours, 0 as soon as the map is left. */
function expected(features: Float32Array, matrix: readonly number[]): readonly number[] {
  const at = (x: number, y: number) => (x < side && y < side ? (features[y * side + x] ?? 0) : 0)
  return Array.from({ length: cut * cut }, (_, index) => {
    const place = [(index % cut) + 0.5, Math.floor(index / cut) + 0.5, 0, 1]
    const row = (first: number) => place.reduce((sum, each, axis) => sum + each * (matrix[first + axis] ?? 0), 0) - 0.5
    const [x, y] = [row(0), row(4)]
    if (x < 0 || y < 0 || x > side - 1 || y > side - 1) return 0
    const [left, top] = [Math.floor(x), Math.floor(y)]
    const mix = (a: number, b: number, share: number) => a + (b - a) * share
    return mix(
      mix(at(left, top), at(left + 1, top), x - left),
      mix(at(left, top + 1), at(left + 1, top + 1), x - left),
      y - top,
    )
  })
}

test('a square that leaves the feature map is cut out as in MediaPipe', async () => {
  const features = Float32Array.from({ length: side * side }, (_, index) => 1 + ((index * 37) % 101) / 10)
  // Turned, a little larger than life, its corner outside the map.
  const matrix = [1.1, -0.63, 0, 1.3, 0.63, 1.1, 0, -3.2, 0, 0, 1, 0, 0, 0, 0, 1]
  const wanted = expected(features, matrix)
  const outside = wanted.filter(each => each === 0).length
  assert.ok(outside > 40 && outside < 200, `${outside} of 256 lie outside`)
  const got = await cutOut(features, matrix)
  const worst = Math.max(...wanted.map((each, index) => Math.abs(each - (got[index] ?? Number.NaN))))
  assert.ok(worst < 1e-4, `differs by ${worst}`)
})
