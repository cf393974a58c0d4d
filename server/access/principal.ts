/** Whose something is. What is `anonymous` belongs to whoever knows its id; ids cannot be guessed. */
export type Owner = `user:${string}` | 'operator' | 'anonymous'

/** Who asks: a person with an account, a program with the operator's token, or nobody known. */
export type Principal =
  /** `from`: the network that a request came from where strangers share the server; they own together, but wait apart. */
  | { readonly kind: 'anonymous'; readonly from?: string }
  | { readonly kind: 'operator' }
  | { readonly kind: 'user'; readonly id: string; readonly session: string }

export const ANONYMOUS: Principal = { kind: 'anonymous' }

/** Whose a thing becomes that this principal makes. */
export const ownerOf = (who: Principal): Owner => (who.kind === 'user' ? `user:${who.id}` : who.kind)

/** Who takes turns and has a place in the queue: an owner, but each network's strangers for themselves. */
export const waiterOf = (who: Principal): string =>
  who.kind === 'anonymous' && who.from !== undefined ? `anonymous ${who.from}` : ownerOf(who)

/** Whether a principal may reach a thing by its id. What it may not reach does not exist for it: answer 404, never 403. */
export const mayReach = (who: Principal, owner: Owner): boolean => owner === 'anonymous' || ownerOf(who) === owner
