import { givingSession, sessionIn, takingSession } from '../access/cookie.js'
import { Refusal } from '../http/refusal.js'
import { json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import type { User } from '../store/store.js'

const Person = Type.Object({ id: Type.String(), email: Type.String(), name: Type.String() })
const Said = Type.Object({ message: Type.String() })
// Beyond these bounds nobody's name or password is; the replaced system had none.
const Text = Type.String({ maxLength: 1024 })
const Name = Type.String({ maxLength: 255 })

const personOf = ({ id, email, name }: User) => ({ id, email, name })

/** Accounts as the replaced system's clients know them. */
export function authRoutes({ accounts }: Services): readonly Route[] {
  return [
    route({
      method: 'post',
      path: '/api/auth/register',
      about: 'Makes an account; signing in is another call.',
      access: 'anyone',
      perMinute: 30,
      body: Type.Object({ email: Text, password: Text, name: Name }),
      answer: Person,
      handle: async ({ body }) => json(personOf(await accounts.register(body))),
    }),
    route({
      method: 'post',
      path: '/api/auth/login',
      about: 'Signs in; the token is also set as a cookie.',
      access: 'anyone',
      perMinute: 60,
      body: Type.Object({ email: Text, password: Text }),
      answer: Type.Object({ token: Type.String(), user: Person }),
      handle: async ({ body: { email, password }, request }) => {
        const { token, user } = await accounts.login({ email, password, address: request.ip ?? '' })
        return { json: { token, user: personOf(user) }, headers: givingSession(token, request) }
      },
    }),
    route({
      method: 'post',
      path: '/api/auth/logout',
      about: 'Ends the session of the token or cookie; without one there is nothing to end.',
      access: 'anyone',
      answer: Said,
      handle: async ({ who, request }) => {
        await accounts.logout(who)
        return { json: { message: 'Logged out successfully' }, headers: takingSession(request) }
      },
    }),
    route({
      method: 'get',
      path: '/api/auth/me',
      about: 'Who a token stands for: the query parameter "token", or else the header or cookie.',
      access: 'anyone',
      query: Type.Object({ token: Type.Optional(Type.String()) }),
      answer: Person,
      handle: async ({ query, who, request }) => {
        const asking = query.token ? await accounts.identify(query.token) : who
        if (asking === undefined || asking.kind === 'anonymous') {
          const came = query.token || request.headers.authorization || sessionIn(request)
          throw new Refusal(401, 'not-signed-in', came ? 'Invalid or expired token' : 'Not authenticated')
        }
        const user = await accounts.user(asking)
        if (!user) throw new Refusal(404, 'not-found', 'User not found')
        return { json: personOf(user), headers: { 'Cache-Control': 'no-store' } }
      },
    }),
  ]
}
