import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { floatsOfHalves, permute, toChannelsFirst, toChannelsLast } from '../../../models/tflite-to-onnx/layout.js'

test('half-precision numbers are widened, the unusual ones too', () => {
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x8000, 0x7c00, 0xfc00, 0x7e00)
  const floats = [1, -2, 65504, 2 ** -14, 2 ** -24, -1023 * 2 ** -24, -0, Infinity, -Infinity, NaN]
  assert.deepEqual([...floatsOfHalves(halves)], floats)
})

test('axes change places, and their numbers with them', () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6)
  assert.deepEqual(permute({ dims: [2, 3], data }, [1, 0]), { dims: [3, 2], data: Float32Array.of(1, 4, 2, 5, 3, 6) })
})

test('channels first and then last is as before', () => {
  const length = fc.integer({ min: 1, max: 5 })
  fc.assert(
    fc.property(fc.tuple(length, length, length, length), dims => {
      const size = dims.reduce((product, each) => product * each, 1)
      const before = { dims, data: Float32Array.from({ length: size }, (_, index) => index) }
      const there = permute(before, toChannelsFirst)
      assert.deepEqual(there.dims, [dims[0], dims[3], dims[1], dims[2]])
      assert.deepEqual(permute(there, toChannelsLast), before)
    }),
  )
})
