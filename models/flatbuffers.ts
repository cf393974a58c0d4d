/**
 * A reader of FlatBuffers that trusts nothing: every offset is checked, and the vectors of one file may not add up to
 * more than the file could honestly hold, so that a hostile file ends in a sentence.
 * https://flatbuffers.dev/internals
 */

/** A table, its fields asked for by their position in the schema; a field that is absent gives the fallback. */
export interface FlatTable {
  byte(field: number, fallback?: number): number
  integer(field: number, fallback?: number): number
  text(field: number): string
  table(field: number): FlatTable | undefined
  tables(field: number): readonly FlatTable[]
  integers(field: number): readonly number[]
  /** A view into the file, or undefined when the vector is absent. */
  bytes(field: number): Uint8Array | undefined
}

interface File {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** How many more elements of vectors may be read. */
  allowance: number
}

/**
 * The root table of a FlatBuffers file.
 * @throws here or on reading a field, when an offset or length leaves the file.
 */
export function readFlatBuffer(bytes: Uint8Array): FlatTable {
  // An honest vector costs at least a byte an element; four times leaves room for shared ones.
  const file = {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    allowance: bytes.length * 4,
  }
  return table(file, follow(file, 0))
}

function within(file: File, at: number, length: number): number {
  if (at >= 0 && at + length <= file.bytes.length) return at
  throw new Error(
    `The FlatBuffers file is damaged: ${length} bytes at ${at} lie outside its ${file.bytes.length} bytes.`,
  )
}

const unsigned = (file: File, at: number) => file.view.getUint32(within(file, at, 4), true)
const signed = (file: File, at: number) => file.view.getInt32(within(file, at, 4), true)
const follow = (file: File, at: number) => at + unsigned(file, at)

/** Where a field of the table at `start` lies, by its vtable; undefined when it is absent. */
function locate(file: File, start: number, field: number): number | undefined {
  const vtable = start - signed(file, start)
  const size = file.view.getUint16(within(file, vtable, 2), true)
  const slot = 4 + 2 * field
  if (slot + 2 > size) return undefined
  const offset = file.view.getUint16(within(file, vtable + slot, 2), true)
  return offset === 0 ? undefined : start + offset
}

/** The start and length of the vector that the offset at `at` points to. */
function vector(file: File, at: number, elementBytes: number): { start: number; length: number } {
  const start = follow(file, at)
  const length = unsigned(file, start)
  within(file, start + 4, length * elementBytes)
  file.allowance -= elementBytes === 1 ? 0 : length
  if (file.allowance < 0) throw new Error('The FlatBuffers file is damaged: its vectors overlap without end.')
  return { start: start + 4, length }
}

function table(file: File, start: number): FlatTable {
  const find = (field: number) => locate(file, start, field)
  const at = <T>(field: number, read: (at: number) => T, absent: T): T => {
    const found = find(field)
    return found === undefined ? absent : read(found)
  }
  function elements<T>(field: number, read: (at: number) => T): readonly T[] {
    const found = find(field)
    if (found === undefined) return []
    const { start: first, length } = vector(file, found, 4)
    return Array.from({ length }, (_, index) => read(first + 4 * index))
  }
  function bytes(field: number): Uint8Array | undefined {
    const found = find(field)
    if (found === undefined) return undefined
    const { start: first, length } = vector(file, found, 1)
    return file.bytes.subarray(first, first + length)
  }
  return {
    byte: (field, fallback = 0) => at(field, place => file.view.getInt8(within(file, place, 1)), fallback),
    integer: (field, fallback = 0) => at(field, place => signed(file, place), fallback),
    text: field => new TextDecoder().decode(bytes(field)),
    table: field => at<FlatTable | undefined>(field, place => table(file, follow(file, place)), undefined),
    tables: field => elements(field, place => table(file, follow(file, place))),
    integers: field => elements(field, place => signed(file, place)),
    bytes,
  }
}
