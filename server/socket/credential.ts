import type { IncomingHttpHeaders } from 'node:http'
import { sessionIn } from '../access/cookie.js'

/** The token that a request for a socket comes with: browsers can send cookies and URLs, programs headers. */
export function credentialOf(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const [scheme = '', value = ''] = (headers.authorization ?? '').split(' ', 2)
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() === 'basic') return passwordOf(value)
  return query.get('token') ?? sessionIn({ headers })
}

/** Of Basic authentication: what follows the first colon; the name before it does not matter. */
const passwordOf = (value: string) =>
  Buffer.from(value, 'base64')
    .toString()
    .replace(/^[^:]*:?/, '')
