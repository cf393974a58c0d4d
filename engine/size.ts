/** About how many bytes a value holds in memory; a buffer counts whole, and once, however many views there are of it. */
export function sizeOf(value: unknown): number {
  let bytes = 0
  walk(value, item => {
    if (typeof item === 'string') bytes += 2 * item.length
    else if (isBuffer(item)) bytes += item.byteLength
    else bytes += typeof item === 'object' && item !== null ? 48 : 8
  })
  return bytes
}

/** The buffers of at least `least` bytes inside a value: what is worth handing to another thread instead of copying. */
export function largeBuffers(value: unknown, least: number): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  const shared = new Set<unknown>()
  walk(value, item => {
    if (!ArrayBuffer.isView(item) || !(item.buffer instanceof ArrayBuffer)) return
    // A view on part of a buffer does not own the rest of it.
    if (item.byteLength < item.buffer.byteLength) shared.add(item.buffer)
    else if (item.byteLength >= least) buffers.add(item.buffer)
  })
  return [...buffers].filter(buffer => !shared.has(buffer))
}

const isBuffer = (item: unknown): item is ArrayBufferLike =>
  item instanceof ArrayBuffer || item instanceof SharedArrayBuffer

/** Visits a value and all inside it, each object once, with an open list: values may be deep, and lists long. */
function walk(value: unknown, visit: (item: unknown) => void): void {
  const open = [value]
  const seen = new Set<unknown>()
  while (open.length > 0) {
    const item = open.pop()
    if (typeof item === 'object' && item !== null) {
      if (seen.has(item)) continue
      seen.add(item)
      if (ArrayBuffer.isView(item)) open.push(item.buffer)
      else for (const inner of Array.isArray(item) ? item : Object.values(item)) open.push(inner)
    }
    visit(item)
  }
}
