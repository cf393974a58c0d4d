import type { IncomingHttpHeaders } from 'node:http'

/** The part of a file that a request asks for; both ends are inside. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Whether the caller has this very file already. */
export function isKnown(headers: IncomingHttpHeaders, etag: string): boolean {
  const asked = headers['if-none-match']
  return asked !== undefined && (asked.trim() === '*' || asked.split(',').some(tag => bare(tag) === etag))
}

const bare = (tag: string) => tag.trim().replace(/^W\//, '')

/**
 * The span that a Range header asks for: nothing for the whole file, 'outside' for what the file does not have. Several
 * ranges at once, and what is malformed, count as no range, as RFC 9110 14.2 allows.
 */
export function spanOf(headers: IncomingHttpHeaders, size: number, etag: string): Span | 'outside' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range?.replaceAll(' ', '') ?? '') ?? []
  if (first === '' && last === '') return undefined
  // A part of another file would be joined to this one; our tags are strong, and dates are never told.
  if (headers['if-range'] !== undefined && headers['if-range'] !== etag) return undefined
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length > 0 ? { start: size - length, end: size - 1 } : 'outside'
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return undefined
  return start < size ? { start, end } : 'outside'
}
