import type { Request } from 'express'
import { SESSION_LIFE } from './sessions.js'

/** The cookie in which a browser carries its session; scripts cannot read it and other sites cannot send it. */
const SESSION_COOKIE = 'portrait_session'

/** The header that gives a browser its session. */
export const givingSession = (token: string, request: Request): Readonly<Record<string, string>> =>
  // It lasts as long as any session may: which of them still lives the server knows.
  header(token, SESSION_LIFE / 1000, request)

/** The header that takes it back. */
export const takingSession = (request: Request): Readonly<Record<string, string>> => header('', 0, request)

function header(value: string, seconds: number, request: Request) {
  const secure = request.secure ? '; Secure' : ''
  return {
    'Set-Cookie': `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`,
    'Cache-Control': 'no-store',
  }
}

/** The session cookie of a request. */
export function sessionIn({ headers }: Pick<Request, 'headers'>): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2)
    if (name === SESSION_COOKIE && value) return value
  }
  return undefined
}
