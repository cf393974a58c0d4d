/**
 * The protobuf wire format, as far as ONNX files and MediaPipe's metadata use it.
 * https://protobuf.dev/programming-guides/encoding
 */

/** One field as it lies in a message: a number by value, anything else by its bytes (views, nothing copied). */
export type ProtoField =
  | { readonly number: number; readonly kind: 'varint'; readonly value: bigint }
  | { readonly number: number; readonly kind: 'bytes' | 'fixed32' | 'fixed64'; readonly bytes: Uint8Array }

/** A varint field; negative numbers take ten bytes, as int64 wants. */
export const varintField = (number: number, value: number | bigint): Uint8Array =>
  join([varint(number * 8), varint(value)])

/** A 32-bit float field. */
export function floatField(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return join([varint(number * 8 + 5), bytes])
}

/** A field of raw bytes. */
export const bytesField = (number: number, bytes: Uint8Array): Uint8Array =>
  join([varint(number * 8 + 2), varint(bytes.length), bytes])

/** A field of text. */
export const textField = (number: number, text: string): Uint8Array =>
  bytesField(number, new TextEncoder().encode(text))

/** A field that is a message of its own. */
export const messageField = (number: number, fields: readonly Uint8Array[]): Uint8Array =>
  join([varint(number * 8 + 2), varint(lengthOf(fields)), ...fields])

const lengthOf = (fields: readonly Uint8Array[]) => fields.reduce((sum, field) => sum + field.length, 0)

/** Fields one after the other: a message. */
export function join(fields: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(lengthOf(fields))
  let at = 0
  for (const field of fields) {
    whole.set(field, at)
    at += field.length
  }
  return whole
}

function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}

/**
 * The fields of a message, in the order of the file.
 * @throws when the bytes end too early or use a wire type that protobuf gave up (groups).
 */
export function* readFields(message: Uint8Array): Generator<ProtoField> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  let at = 0

  function take(length: number): Uint8Array {
    if (length > message.length - at) throw damaged(`${length} bytes at ${at} pass the end at ${message.length}`)
    at += length
    return message.subarray(at - length, at)
  }

  function number(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= message.length) throw damaged(`a number passes the end at ${message.length}`)
      const byte = view.getUint8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw damaged(`the number before byte ${at} is longer than 64 bits`)
  }

  while (at < message.length) {
    const tag = Number(number())
    const field = Math.floor(tag / 8)
    if (tag % 8 === 0) yield { number: field, kind: 'varint', value: number() }
    else if (tag % 8 === 1) yield { number: field, kind: 'fixed64', bytes: take(8) }
    else if (tag % 8 === 2) yield { number: field, kind: 'bytes', bytes: take(Number(number())) }
    else if (tag % 8 === 5) yield { number: field, kind: 'fixed32', bytes: take(4) }
    else throw damaged(`field ${field} before byte ${at} has the unknown wire type ${tag % 8}`)
  }
}

/** Every message (or text, or block of bytes) that a message has under one field number. */
export const readMessages = (message: Uint8Array, number: number): readonly Uint8Array[] =>
  [...readFields(message)].flatMap(field => (field.number === number && field.kind === 'bytes' ? [field.bytes] : []))

/** The floats of a repeated field, packed or one by one. */
export function readFloats(message: Uint8Array, number: number): Float32Array {
  const parts = [...readFields(message)].flatMap(field =>
    field.number === number && (field.kind === 'bytes' || field.kind === 'fixed32') ? [field.bytes] : [],
  )
  const bytes = join(parts)
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4))
}

/** The whole numbers of a repeated field, packed or one by one. */
export function readIntegers(message: Uint8Array, number: number): readonly number[] {
  return [...readFields(message)].flatMap(field => {
    if (field.number !== number) return []
    return field.kind === 'varint' ? [Number(field.value)] : unpack(field.bytes)
  })
}

function unpack(packed: Uint8Array): readonly number[] {
  const numbers: number[] = []
  let value = 0
  let scale = 1
  for (const byte of packed) {
    value += (byte & 0x7f) * scale
    scale *= 128
    if (byte >= 0x80) continue
    numbers.push(value)
    value = 0
    scale = 1
  }
  return numbers
}

const damaged = (what: string) => new Error(`The protobuf message is damaged: ${what}.`)
