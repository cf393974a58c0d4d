import type { User } from '../store/store.js'
import type { Principal } from './principal.js'

/** People's accounts and their sessions. */
export interface Accounts {
  /** @throws Refusal 400 when the address is taken, 422 when the password breaks a rule. */
  register(person: { email: string; password: string; name: string }): Promise<User>
  /** @throws Refusal 401 for a wrong address or password (which of them is not told), 403 when disabled, 429 when tried too often. */
  login(attempt: { email: string; password: string; address: string }): Promise<{ user: User; token: string }>
  /** Ends one session: its tokens are worth nothing from now on. */
  logout(who: Principal): Promise<void>
  /** Who a bearer token, a session cookie or the operator's token stands for; nobody if it is worth nothing. */
  identify(token: string): Promise<Principal | undefined>
  user(who: Principal): Promise<User | undefined>
  /** @throws Refusal 401 when the old one is wrong. Ends all other sessions. */
  changePassword(who: Principal, change: { old: string; new: string }): Promise<void>
  /** Removes the account with all that it owns. @throws Refusal 401 when the password is wrong. */
  remove(who: Principal, password: string): Promise<void>
}
