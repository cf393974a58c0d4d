import { crc32 } from 'node:zlib'

/** Thrown for a line of a store's file that is not as it was written. */
export class Damage extends Error {
  override readonly name = 'Damage'
  constructor(
    /** Byte of the file at which the line begins. */
    readonly at: number,
    /** Whether it is what a write leaves that the power cut off: then nobody was told that it is kept. */
    readonly torn: boolean,
    what = 'the checksum does not match',
  ) {
    super(what)
  }
}

const CHECKSUM = 8
const NEWLINE = 10
const HOLE = Buffer.alloc(2)

/** A JSON text as a line: its CRC-32 in hex digits, a space, the text. */
export const encodeLine = (json: string): Buffer =>
  Buffer.from(`${crc32(json).toString(16).padStart(CHECKSUM, '0')} ${json}\n`)

/**
 * Yields what each line holds, and the byte at which it begins.
 * @throws Damage at the first line that is not whole.
 */
export function* decodeLines(file: Buffer): Generator<{ readonly value: unknown; readonly at: number }> {
  for (let at = 0; at < file.length; ) {
    const newline = file.indexOf(NEWLINE, at)
    const end = newline < 0 ? file.length : newline
    const line = file.subarray(at, end)
    if (newline < 0 || !isWhole(line)) throw new Damage(at, isTorn(line, newline, file))
    yield { value: JSON.parse(line.toString('utf8', CHECKSUM + 1)), at }
    at = end + 1
  }
}

const isWhole = (line: Buffer): boolean =>
  line.length > CHECKSUM &&
  line.toString('latin1', 0, CHECKSUM) ===
    crc32(line.subarray(CHECKSUM + 1))
      .toString(16)
      .padStart(CHECKSUM, '0')

/**
 * A write that the power cut off ends early, or it has holes of zeros where later sectors came to the disk before
 * earlier ones. A line that was kept and changed afterwards looks otherwise, even if it lost only its end of line.
 */
function isTorn(line: Buffer, newline: number, file: Buffer): boolean {
  if (newline < 0) return !isWhole(line.subarray(0, -1))
  return newline === file.length - 1 && line.includes(HOLE)
}
