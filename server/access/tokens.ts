/** What a token says: whose it is, and the session it stands and falls with. */
export interface Claims {
  readonly user: string
  readonly session: string
}

/** Signs and reads the tokens that people carry. */
export interface Tokens {
  issue(claims: Claims, from: number, to: number): Promise<string>
  /** What a token says, if it is ours and of this time. */
  read(token: string): Promise<Claims | undefined>
}

const ISSUER = 'ip-to-portrait'
const AUDIENCE = 'ip-to-portrait/session'
const LONGEST = 2048

/** Loaded when the first token is made or read: most servers of one person never see one. */
const jose = () => import('jose')

/** Makes tokens as JWT with HMAC-SHA-256; what they say of their own algorithm is not believed. */
export function openTokens(key: Uint8Array, now: () => number): Tokens {
  return {
    issue: async ({ user, session }, from, to) => {
      const { SignJWT } = await jose()
      return new SignJWT({ sid: session })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setSubject(user)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(new Date(from))
        .setExpirationTime(new Date(to))
        .sign(key)
    },
    read: async token => {
      if (token.length > LONGEST) return undefined
      const { errors, jwtVerify } = await jose()
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: ['HS256'],
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ['sub', 'sid', 'iat', 'exp'],
          currentDate: new Date(now()),
        })
        const { sub, sid } = payload
        return typeof sub === 'string' && typeof sid === 'string' ? { user: sub, session: sid } : undefined
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}
