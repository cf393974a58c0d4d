import { crc32 } from 'node:zlib'

/** A piece of a PNG file: a type of four letters and its data. */
export interface PngChunk {
  readonly type: string
  readonly data: Uint8Array
}

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/** Writes a file of chunks, with lengths and CRCs. */
export const joinPng = (chunks: readonly PngChunk[]): Uint8Array =>
  Buffer.concat([SIGNATURE, ...chunks.flatMap(({ type, data }) => frame(type, data))])

function frame(type: string, data: Uint8Array): Uint8Array[] {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(data.length)
  head.write(type, 4, 'latin1')
  const tail = Buffer.alloc(4)
  tail.writeUInt32BE(crc32(data, crc32(head.subarray(4))))
  return [head, data, tail]
}

/** The chunks of a file, as far as they are whole; CRCs are not checked. */
export function splitPng(bytes: Uint8Array): PngChunk[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const chunks: PngChunk[] = []
  for (let at = SIGNATURE.length; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at)
    if (at + 12 + length > file.length) break
    chunks.push({ type: file.toString('latin1', at + 4, at + 8), data: file.subarray(at + 8, at + 8 + length) })
    at += 12 + length
  }
  return chunks
}
