import type { Request } from 'express'
import { takingSession } from '../access/cookie.js'
import { ANONYMOUS, type Principal } from '../access/principal.js'
import type { AccessMode } from '../server-config.js'
import type { Services } from '../services.js'
import { addressOf, networkOf } from '../socket/address.js'
import { credentialOf } from '../socket/credential.js'
import { Refusal } from './refusal.js'
import type { Access, Door } from './route.js'

const NO_QUERY = new URLSearchParams()

const unauthorized = (message: string, headers: Readonly<Record<string, string>> = {}) =>
  new Refusal(401, 'unauthorized', message, [], { 'WWW-Authenticate': 'Bearer realm="portrait"', ...headers })

/**
 * Finds out who asks, and whether he may.
 * @throws Refusal 401 for nobody known where somebody must be, 403 for who is not the operator where he must be.
 */
export async function identify(
  request: Request,
  access: Access,
  door: Door,
  { accounts, config }: Pick<Services, 'accounts' | 'config'>,
): Promise<Principal> {
  const token = credentialOf(request.headers, NO_QUERY)
  const known = token === undefined ? ANONYMOUS : await accounts.identify(token)
  // The replaced system takes a worn-out token for none; elsewhere a program shall hear that its token is worth nothing.
  if (!known && access !== 'anyone' && door.name !== 'original') throw worthless(request)
  const who = known && known.kind !== 'anonymous' ? known : nobody(request, config.access)
  if (!mayCall(who, access, config.access === 'open', config.access === 'accounts')) {
    if (who.kind !== 'anonymous' && access === 'operator')
      throw new Refusal(403, 'operator-only', "Only the operator may do this; send the server's token.")
    throw unauthorized(door.name === 'original' ? 'Authentication required' : 'Sign in, or send a token.')
  }
  return who
}

const nobody = (request: Request, access: AccessMode): Principal =>
  access === 'public' ? { kind: 'anonymous', from: networkOf(addressOf(request)) } : ANONYMOUS

/** An old cookie is taken back, so that its browser can go on without it. */
function worthless(request: Request): Refusal {
  const isCookie = request.headers.authorization === undefined
  return unauthorized(
    'The credentials are worth nothing, or nothing any more; sign in.',
    isCookie ? takingSession(request) : {},
  )
}

function mayCall({ kind }: Principal, access: Access, isOpen: boolean, isClosed: boolean): boolean {
  if (access === 'anyone') return true
  if (access === 'visitor') return kind !== 'anonymous' || !isClosed
  return access === 'user' ? kind === 'user' : kind === 'operator' || isOpen
}
