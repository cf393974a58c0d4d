import type { IncomingMessage } from 'node:http'
import { ANONYMOUS, type Principal } from '../access/principal.js'
import { checkOrigin } from '../http/guard.js'
import { notFound, Refusal } from '../http/refusal.js'
import type { Services } from '../services.js'
import type { Entry } from './connection.js'
import { credentialOf } from './credential.js'
import type { SocketDoor } from './socket-door.js'

/**
 * Decides on a request for a socket: from where, by whom, to which door.
 * @throws Refusal 403 for a foreign page, 401 for nobody known where somebody must be, 404 when no door has the path.
 */
export async function admit(
  request: IncomingMessage,
  { config, accounts }: Pick<Services, 'config' | 'accounts'>,
  doors: readonly SocketDoor[],
): Promise<Entry> {
  checkOrigin({ headers: request.headers }, config)
  const [path = '', search] = (request.url ?? '').split('?', 2)
  const query = new URLSearchParams(search)
  const token = credentialOf(request.headers, query)
  const who: Principal | undefined = token === undefined ? ANONYMOUS : await accounts.identify(token)
  if (!who) throw new Refusal(401, 'unauthorized', 'The credentials are worth nothing, or nothing any more; sign in.')
  if (who.kind === 'anonymous' && config.access === 'accounts')
    throw new Refusal(401, 'unauthorized', 'This server wants to know who asks; sign in or send a token.')
  for (const door of doors) {
    const match = door.path.exec(path)
    if (match?.[0] === path) return { door, match, query, who }
  }
  throw notFound('Socket')
}
