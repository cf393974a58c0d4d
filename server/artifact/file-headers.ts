import { sniffFormat } from '../../nodes/image/sniff.js'

/**
 * The type that a file is served as: by its first bytes if it is a picture; else only as data that no browser renders.
 */
export function mimeOf(head: Uint8Array, artifact: string): string {
  const format = sniffFormat(head)
  if (format) return `image/${format}`
  return artifact.endsWith('.json') ? 'application/json' : 'application/octet-stream'
}

/** Keeps a file that came from outside from ever acting as a page of ours. */
export const SAFE_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "sandbox; default-src 'none'",
} as const

/** A Content-Disposition with a name that works everywhere. Source: RFC 6266, RFC 8187. */
export function disposition(kind: 'inline' | 'attachment', name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const plain = name.replace(/[\u0000-\u001f\u007f/\\]/g, '_').slice(0, 200) || 'file'
  const ascii = plain.replace(/[^ -~]|["%]/g, '_')
  // Through bytes, for half of a surrogate pair cannot be encoded.
  const full = encodeURIComponent(Buffer.from(plain).toString()).replace(
    /['()*]/g,
    c => `%${c.charCodeAt(0).toString(16)}`,
  )
  return `${kind}; filename="${ascii}"${ascii === plain ? '' : `; filename*=UTF-8''${full}`}`
}
