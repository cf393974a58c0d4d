import type { IncomingHttpHeaders } from 'node:http'

/** The cookie that a browser's session is in. */
const COOKIE = 'portrait_session'

/** The token that a request for a socket comes with: browsers can send cookies and URLs, programs headers. */
export function credentialOf(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const [scheme = '', value = ''] = (headers.authorization ?? '').split(' ', 2)
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() === 'basic') return passwordOf(value)
  return query.get('token') ?? cookieOf(headers.cookie ?? '')
}

/** Of Basic authentication: what follows the first colon; the name before it does not matter. */
const passwordOf = (value: string) =>
  Buffer.from(value, 'base64')
    .toString()
    .replace(/^[^:]*:?/, '')

function cookieOf(header: string): string | undefined {
  const pair = header.split(';').find(part => part.trim().startsWith(`${COOKIE}=`))
  return pair?.trim().slice(COOKIE.length + 1)
}
