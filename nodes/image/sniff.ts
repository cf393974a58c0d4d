/** The picture formats that are read. */
export type Format = 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff' | 'avif'

const text = (bytes: Uint8Array, from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1')

/**
 * The format by the file's first bytes, whatever its name says. Anything else is never shown to a decoder: an SVG would
 * otherwise be rendered, with all that XML may ask for.
 */
export function sniffFormat(bytes: Uint8Array): Format | undefined {
  const start = text(bytes, 0, 4)
  if (text(bytes, 0, 8) === '\x89PNG\r\n\x1a\n') return 'png'
  if (text(bytes, 0, 3) === '\xff\xd8\xff') return 'jpeg'
  if (start === 'RIFF' && text(bytes, 8, 12) === 'WEBP') return 'webp'
  if (start === 'GIF8') return 'gif'
  if (start === 'II*\0' || start === 'MM\0*') return 'tiff'
  if (text(bytes, 4, 8) === 'ftyp' && /avi[fs]/.test(text(bytes, 8, 64))) return 'avif'
  return undefined
}
