import type { Principal } from '../access/principal.js'
import { Refusal } from '../http/refusal.js'

/** @throws Refusal 401 for whoever is not known. */
export function requireSignedIn({ kind }: Principal): void {
  if (kind === 'anonymous') throw new Refusal(401, 'not-signed-in', 'Authentication required')
}
