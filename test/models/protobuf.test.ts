import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  bytesField,
  floatField,
  join,
  messageField,
  readFields,
  readFloats,
  readIntegers,
  readMessages,
  textField,
  varintField,
} from '../../models/protobuf.js'

test('numbers come back as they were written, negative ones in two’s complement', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.integer({ min: 1, max: 1000 }), (value, number) => {
      const [field] = readFields(varintField(number, value))
      assert.deepEqual(field, { number, kind: 'varint', value: BigInt.asUintN(64, value) })
    }),
  )
})

test('fields are written as the protobuf documentation has them', () => {
  // https://protobuf.dev/programming-guides/encoding: "a: 150", "b: testing", and the first inside field 3.
  assert.deepEqual([...varintField(1, 150)], [0x08, 0x96, 0x01])
  assert.deepEqual([...textField(2, 'testing')], [0x12, 0x07, ...Buffer.from('testing')])
  assert.deepEqual([...messageField(3, [varintField(1, 150)])], [0x1a, 0x03, 0x08, 0x96, 0x01])
  assert.deepEqual([...floatField(1, 1)], [0x0d, 0, 0, 0x80, 0x3f])
})

test('repeated numbers are read packed and one by one', () => {
  const packed = bytesField(4, Uint8Array.from([3, 0x96, 0x01]))
  assert.deepEqual(readIntegers(join([packed, varintField(4, 7), varintField(5, 9)]), 4), [3, 150, 7])
  assert.deepEqual([...readFloats(join([floatField(2, 0.5), floatField(3, 9), floatField(2, -2)]), 2)], [0.5, -2])
  assert.equal(readMessages(join([textField(1, 'a'), textField(2, 'b'), textField(1, 'c')]), 1).length, 2)
})

test('any bytes at all are read or refused with a sentence', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
      try {
        for (const field of readFields(bytes)) assert.ok(field.number >= 0)
      } catch (error) {
        assert.match(String(error), /^Error: The protobuf message is damaged: /)
      }
    }),
  )
})
