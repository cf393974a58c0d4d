import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { collect } from '../../../models/collect.js'
import { compileModel } from '../../../models/compile.js'
import { readEmbedded } from '../../../models/embedded.js'
import { readFlexBuffer } from '../../../models/flexbuffers.js'
import { readTflite } from '../../../models/tflite.js'
import { tfliteToOnnx } from '../../../models/tflite-to-onnx/convert.js'

const entry = { id: 'damaged', format: 'tflite' } as const

let short: Uint8Array
let mesh: Uint8Array
before(async () => {
  await collect()
  short = await readEmbedded('face-detection-short')
  mesh = await readEmbedded('face-mesh')
})

/** Every refusal is a sentence of ours that says what is wrong with the file. */
function compilesOrRefuses(bytes: Uint8Array): void {
  try {
    compileModel(entry, bytes)
  } catch (error) {
    assert.ok(error instanceof Error)
    assert.match(error.message, /TFLite file|FlatBuffers file is damaged|FlexBuffers value is damaged/)
    const culprit = error.cause ?? error
    assert.equal((culprit as Error).constructor, Error, `${(culprit as Error).stack}`)
  }
}

test('a file cut anywhere is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: short.length - 1 }), length => {
      assert.throws(() => compileModel(entry, short.subarray(0, length)), /TFLite file|FlatBuffers file is damaged/)
    }),
    { numRuns: 60 },
  )
})

/** The structure lies at both ends of these files, between them only weights. */
const structure = (bytes: Uint8Array) =>
  fc.oneof(
    fc.integer({ min: 8, max: 4000 }),
    fc.integer({ min: bytes.length - 60_000, max: bytes.length - 1 }),
    fc.integer({ min: 8, max: bytes.length - 1 }),
  )

const flipped = (bytes: Uint8Array) =>
  fc.array(fc.tuple(structure(bytes), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 12 })

test('changed bytes are compiled or refused with a sentence, never a crash or a hang', () => {
  fc.assert(
    fc.property(flipped(short), changes => {
      const bytes = new Uint8Array(short)
      for (const [at, value] of changes) bytes[at] = value
      compilesOrRefuses(bytes)
    }),
    { numRuns: 150 },
  )
})

test('changed bytes in a file with custom operators are too', () => {
  fc.assert(
    fc.property(flipped(mesh), changes => {
      const bytes = new Uint8Array(mesh)
      for (const [at, value] of changes) bytes[at] = value
      compilesOrRefuses(bytes)
    }),
    { numRuns: 25 },
  )
})

test('changed options of a custom operator are read or refused with a sentence', () => {
  const options = readTflite(mesh).operators.find(({ name }) => name === 'Landmarks2TransformMatrix')?.customOptions
  assert.ok(options)
  assert.deepEqual(Object.keys(readFlexBuffer(options)).slice(0, 2), ['left_rotation_idx', 'output_height'])
  const change = fc.tuple(fc.nat(options.length - 1), fc.integer({ min: 0, max: 255 }))
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), fc.nat(options.length), (changes, length) => {
      const bytes = new Uint8Array(options)
      for (const [at, value] of changes) bytes[at] = value
      for (const each of [bytes, bytes.subarray(0, length)]) {
        try {
          readFlexBuffer(each)
        } catch (error) {
          assert.match(String(error), /^Error: The FlexBuffers value is damaged: /)
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('any bytes behind the mark of a TFLite file are refused with a sentence', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), tail => {
      assert.throws(
        () => compileModel(entry, Buffer.concat([Buffer.from([8, 0, 0, 0]), Buffer.from('TFL3'), tail])),
        /TFLite file|FlatBuffers file is damaged/,
      )
    }),
  )
})

test('an operator that is not known is named, with those that are', () => {
  const model = readTflite(short)
  const operators = model.operators.map(each => (each.name === 'RELU' ? { ...each, name: 'RSQRT' } : each))
  assert.throws(
    () => tfliteToOnnx({ ...model, operators }),
    /Operator \d+ \(RSQRT\) of the TFLite file cannot be converted: it is not supported; supported are ADD, /,
  )
})
