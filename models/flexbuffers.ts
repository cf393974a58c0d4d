/**
 * A reader of FlexBuffers, the schema-less cousin of FlatBuffers in which TensorFlow Lite's custom operators keep
 * their options. Every offset is checked.
 * https://flatbuffers.dev/flexbuffers
 */

/** What a FlexBuffers value becomes. */
export type FlexValue = number | boolean | string | readonly FlexValue[] | { readonly [key: string]: FlexValue }

/** Numbers of one kind, by the width the file stores them in. */
type Width = 1 | 2 | 4 | 8

/** The type tags of the format that options are made of. */
const types = {
  integer: 1,
  unsigned: 2,
  float: 3,
  key: 4,
  text: 5,
  map: 9,
  vector: 10,
  integers: 11,
  unsigneds: 12,
  floats: 13,
  boolean: 26,
}

/** Options are flat maps with lists; anything deeper is a file that means harm. */
const deepest = 8

/**
 * The value a FlexBuffers holds.
 * @throws when an offset leaves the bytes, a type is none that options use, or values nest or repeat without end.
 */
export function readFlexBuffer(bytes: Uint8Array): FlexValue {
  const reader = flexReader(bytes)
  const width = reader.width(bytes[bytes.length - 1] ?? 0)
  return reader.value(bytes.length - 2 - width, width, bytes[bytes.length - 2] ?? 0, 0)
}

function flexReader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let allowance = bytes.length * 4

  function within(at: number, length: number): number {
    if (at >= 0 && at + length <= bytes.length) return at
    throw damaged(`${length} bytes at ${at} lie outside its ${bytes.length} bytes`)
  }

  function width(value: number): Width {
    if (value === 1 || value === 2 || value === 4 || value === 8) return value
    throw damaged(`numbers ${value} bytes wide`)
  }

  function unsigned(at: number, size: Width): number {
    within(at, size)
    if (size === 8) return Number(view.getBigUint64(at, true))
    return size === 4 ? view.getUint32(at, true) : size === 2 ? view.getUint16(at, true) : view.getUint8(at)
  }

  function integer(at: number, size: Width): number {
    within(at, size)
    if (size === 8) return Number(view.getBigInt64(at, true))
    return size === 4 ? view.getInt32(at, true) : size === 2 ? view.getInt16(at, true) : view.getInt8(at)
  }

  function float(at: number, size: Width): number {
    within(at, size)
    if (size === 8) return view.getFloat64(at, true)
    if (size === 4) return view.getFloat32(at, true)
    throw damaged(`a float of ${size} bytes`)
  }

  const follow = (at: number, size: Width) => at - unsigned(at, size)

  function text(start: number, length: number): string {
    within(start, length)
    return new TextDecoder().decode(bytes.subarray(start, start + length))
  }

  function key(start: number): string {
    const end = bytes.indexOf(0, within(start, 1))
    if (end < 0) throw damaged('a key without an end')
    return text(start, end - start)
  }

  /** The length in front of a vector, refused when the vector cannot be that long. */
  function count(start: number, size: Width): number {
    const length = unsigned(start - size, size)
    within(start, length * size)
    allowance -= length + 1
    if (allowance < 0) throw damaged('its values repeat without end')
    return length
  }

  function list<T>(start: number, size: Width, read: (at: number, index: number, length: number) => T): readonly T[] {
    const length = count(start, size)
    return Array.from({ length }, (_, index) => read(start + index * size, index, length))
  }

  /** A map is a vector of values, whose type bytes follow it, with the keys' vector named in front of it. */
  function map(start: number, size: Width, depth: number): FlexValue {
    const keysAt = follow(start - 3 * size, size)
    const keySize = width(unsigned(start - 2 * size, size))
    const values = vector(start, size, depth)
    const entries = values.map((each, index) => {
      const place = keysAt + index * keySize
      return [key(follow(place, keySize)), each] as const
    })
    return Object.fromEntries(entries)
  }

  const vector = (start: number, size: Width, depth: number) =>
    list(start, size, (at, index, length) => value(at, size, unsigned(start + length * size + index, 1), depth + 1))

  /** The value at `at`, whose own slot is `slot` bytes wide; `tag` is its type and the width of what it points to. */
  function value(at: number, slot: Width, tag: number, depth: number): FlexValue {
    if (depth > deepest) throw damaged(`it nests more than ${deepest} deep`)
    const size = (1 << (tag & 3)) as Width
    const type = tag >> 2
    switch (type) {
      case types.integer:
        return integer(at, slot)
      case types.unsigned:
        return unsigned(at, slot)
      case types.float:
        return float(at, slot)
      case types.boolean:
        return unsigned(at, slot) !== 0
      case types.key:
        return key(follow(at, slot))
      case types.text:
        return text(follow(at, slot), count(follow(at, slot), size))
      case types.map:
        return map(follow(at, slot), size, depth)
      case types.vector:
        return vector(follow(at, slot), size, depth)
      case types.integers:
        return list(follow(at, slot), size, place => integer(place, size))
      case types.unsigneds:
        return list(follow(at, slot), size, place => unsigned(place, size))
      case types.floats:
        return list(follow(at, slot), size, place => float(place, size))
      default:
        throw damaged(`type ${type}, which the options of an operator never have`)
    }
  }

  return { value, width }
}

const damaged = (what: string) => new Error(`The FlexBuffers value is damaged: ${what}.`)
