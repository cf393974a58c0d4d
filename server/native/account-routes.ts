import type { Request } from 'express'
import { givingSession, takingSession } from '../access/cookie.js'
import { EMAIL_LENGTH } from '../access/email.js'
import { PASSWORD_LENGTH } from '../access/password-rules.js'
import type { Principal } from '../access/principal.js'
import { Refusal } from '../http/refusal.js'
import { type Answer, json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import type { User } from '../store/store.js'
import { exportAccount } from './account-export.js'

const Email = Type.String({ maxLength: EMAIL_LENGTH, description: 'Upper and lower case are the same.' })
const Password = Type.String({ maxLength: PASSWORD_LENGTH })
const NewPassword = Type.String({
  maxLength: PASSWORD_LENGTH,
  description: 'At least 6 characters, none of the usual.',
})
const Name = Type.String({ minLength: 1, maxLength: 255 })
const Account = Type.Object({
  id: Type.String(),
  email: Type.String(),
  name: Type.String(),
  createdAt: Type.Number({ description: 'Milliseconds since 1970.' }),
})
const SignedIn = Type.Object({
  token: Type.String({ description: 'For programs, as a bearer token; browsers have it in a cookie as well.' }),
  account: Account,
})

const accountOf = ({ id, email, name, createdAt }: User) => ({ id, email, name, createdAt })

/** Accounts and sessions of the native API. */
export function accountRoutes(services: Services): readonly Route[] {
  const { accounts } = services
  const userOf = async (who: Principal): Promise<User> => {
    const user = await accounts.user(who)
    if (user) return user
    throw new Refusal(
      401,
      'not-signed-in',
      'This asks for an account, and the request came without one; sign in first.',
    )
  }
  const signIn = async (person: { email: string; password: string }, request: Request): Promise<Answer> => {
    const { token, user } = await accounts.login({ ...person, address: request.ip ?? '' })
    return { ...json({ token, account: accountOf(user) }, 201), headers: givingSession(token, request) }
  }
  return [
    route({
      method: 'post',
      path: '/api/account',
      about: 'Makes an account and signs in.',
      access: 'anyone',
      perMinute: 30,
      body: Type.Object({ email: Email, password: NewPassword, name: Name }),
      answer: SignedIn,
      handle: async ({ body, request }) => {
        await accounts.register(body)
        return signIn(body, request)
      },
    }),
    route({
      method: 'post',
      path: '/api/session',
      about: 'Signs in: answers a token and sets it as an http-only cookie.',
      access: 'anyone',
      perMinute: 60,
      body: Type.Object({ email: Email, password: Password }),
      answer: SignedIn,
      handle: ({ body, request }) => signIn(body, request),
    }),
    route({
      method: 'delete',
      path: '/api/session',
      about: 'Signs out: the token and the cookie are worth nothing from now on.',
      access: 'anyone',
      handle: async ({ who, request }) => {
        await accounts.logout(who)
        return { status: 204, headers: takingSession(request) }
      },
    }),
    route({
      method: 'delete',
      path: '/api/sessions',
      about: 'Signs out everywhere else.',
      access: 'user',
      answer: Type.Object({ ended: Type.Integer() }),
      handle: async ({ who }) => json({ ended: await accounts.logoutElsewhere(who) }),
    }),
    route({
      method: 'get',
      path: '/api/account',
      about: 'Who is signed in.',
      access: 'user',
      answer: Account,
      handle: async ({ who }) => json(accountOf(await userOf(who))),
    }),
    route({
      method: 'patch',
      path: '/api/account',
      about: 'Changes the name, or the password; the latter signs out everywhere else.',
      access: 'user',
      body: Type.Object({
        name: Type.Optional(Name),
        password: Type.Optional(Type.Object({ old: Password, new: NewPassword })),
      }),
      answer: Account,
      handle: async ({ who, body: { name, password } }) => {
        if (password !== undefined) await accounts.changePassword(who, password)
        return json(accountOf(name === undefined ? await userOf(who) : await accounts.rename(who, name)))
      },
    }),
    route({
      method: 'delete',
      path: '/api/account',
      about: 'Removes the account with all that it owns: pictures, results, runs, workflows, settings.',
      access: 'user',
      body: Type.Object({ password: Password }),
      handle: async ({ who, body, request }) => {
        await accounts.remove(who, body.password)
        return { status: 204, headers: takingSession(request) }
      },
    }),
    route({
      method: 'get',
      path: '/api/account/export',
      about: 'All that the account owns, with links to its files that need no token.',
      access: 'user',
      answer: Type.Object({ account: Account, links: Type.Record(Type.String(), Type.String()) }),
      handle: async ({ who }) => {
        const user = await userOf(who)
        const headers = { 'Content-Disposition': 'attachment; filename="portrait-account.json"' }
        return { json: { account: accountOf(user), ...(await exportAccount(services, user.id)) }, headers }
      },
    }),
  ]
}
