/** About how many bytes a value holds in memory; typed arrays count by their length. */
export function sizeOf(value: unknown): number {
  let bytes = 0
  const open = [value]
  const seen = new Set<unknown>()
  while (open.length > 0) {
    const item = open.pop()
    if (typeof item === 'string') bytes += 2 * item.length
    else if (typeof item !== 'object' || item === null) bytes += 8
    else if (!seen.has(item)) {
      seen.add(item)
      bytes += 48
      if (ArrayBuffer.isView(item)) bytes += item.byteLength
      else open.push(...(Array.isArray(item) ? item : Object.values(item)))
    }
  }
  return bytes
}

/** The buffers of at least `least` bytes inside a value: what is worth handing to another thread instead of copying. */
export function largeBuffers(value: unknown, least: number): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  const open = [value]
  while (open.length > 0) {
    const item = open.pop()
    if (typeof item !== 'object' || item === null) continue
    if (!ArrayBuffer.isView(item)) open.push(...(Array.isArray(item) ? item : Object.values(item)))
    // A view on part of a buffer does not own the rest of it.
    else if (
      item.byteLength >= least &&
      item.byteLength === item.buffer.byteLength &&
      item.buffer instanceof ArrayBuffer
    ) {
      buffers.add(item.buffer)
    }
  }
  return [...buffers]
}
