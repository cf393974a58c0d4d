import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../serving.js'
import { bearer, caller } from './calling.js'
import { ADA } from './setup.js'

const { url, services } = await startServer()

const call = caller(url)
const said = ({ status, json }: { status: number; json: unknown }) => [status, json]
const detail = (status: number, text: string) => [status, { detail: text }]

test('registering answers the account without a token; a second time is refused', async () => {
  const person = { ...ADA, email: 'twice@example.org' }
  const { status, json } = await call('POST', '/api/auth/register', person)
  assert.equal(status, 200)
  assert.deepEqual(json, { id: json.id, email: person.email, name: person.name })
  assert.deepEqual(said(await call('POST', '/api/auth/register', person)), detail(400, 'Email already registered'))
})

test('of two who register one address at once, one wins', async () => {
  const person = { ...ADA, email: 'race@example.org' }
  const both = await Promise.all([1, 2].map(() => call('POST', '/api/auth/register', person)))
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 400])
})

test('a faulty registration is told in the words of Pydantic, without the password', async () => {
  const missing = await call('POST', '/api/auth/register', { email: 'a@b.org', password: 'canary-of-a-password' })
  assert.equal(missing.status, 422)
  assert.deepEqual(
    missing.json.detail.map(({ type, loc, msg }: Record<string, unknown>) => ({ type, loc, msg })),
    [{ type: 'missing', loc: ['body', 'name'], msg: 'Field required' }],
  )
  assert.doesNotMatch(JSON.stringify(missing.json), /canary/)
  const noEmail = await call('POST', '/api/auth/register', { ...ADA, email: 'ada' })
  assert.deepEqual(said(noEmail), [
    422,
    {
      detail: [
        {
          type: 'value_error',
          loc: ['body', 'email'],
          msg: 'value is not a valid email address: An email address must have an @-sign.',
          input: 'ada',
          ctx: { reason: 'An email address must have an @-sign.' },
        },
      ],
    },
  ])
  const weak = await call('POST', '/api/auth/register', { ...ADA, password: 'short' })
  assert.deepEqual([weak.status, weak.json.detail[0].loc], [422, ['body', 'password']])
})

test('signing in answers token and account, and sets a cookie that scripts cannot read', async () => {
  const person = { ...ADA, email: 'login@example.org' }
  const account = (await call('POST', '/api/auth/register', person)).json
  const { status, json, cookie } = await call('POST', '/api/auth/login', person)
  assert.equal(status, 200)
  assert.deepEqual(json, { token: json.token, user: account })
  assert.match(cookie, /^portrait_session=[\w.-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/)
  for (const wrong of [
    { ...person, password: 'wrong' },
    { ...person, email: 'nobody@example.org' },
  ])
    assert.deepEqual(said(await call('POST', '/api/auth/login', wrong)), detail(401, 'Invalid email or password'))
  await services.store.update('users', account.id, user => ({ ...user, active: false }))
  assert.deepEqual(said(await call('POST', '/api/auth/login', person)), detail(403, 'Account is disabled'))
})

test('"me" takes the token by query, header and cookie', async () => {
  const person = { ...ADA, email: 'me@example.org' }
  const account = (await call('POST', '/api/auth/register', person)).json
  const { token } = (await call('POST', '/api/auth/login', person)).json
  const me = (query = '', headers: Record<string, string> = {}) =>
    call('GET', `/api/auth/me${query}`, undefined, headers).then(said)
  assert.deepEqual(await me(`?token=${token}`), [200, account])
  assert.deepEqual(await me('', bearer(token)), [200, account])
  assert.deepEqual(await me('', { Cookie: `a=b; portrait_session=${token}` }), [200, account])
  assert.deepEqual(await me(), detail(401, 'Not authenticated'))
  for (const wrong of [me('?token=x'), me('', bearer('x')), me('', { Cookie: 'portrait_session=x' })])
    assert.deepEqual(await wrong, detail(401, 'Invalid or expired token'))
})

test('logging out ends the session and takes the cookie back', async () => {
  const person = { ...ADA, email: 'logout@example.org' }
  await call('POST', '/api/auth/register', person)
  const { token } = (await call('POST', '/api/auth/login', person)).json
  const logout = await call('POST', '/api/auth/logout', undefined, bearer(token))
  assert.deepEqual(said(logout), [200, { message: 'Logged out successfully' }])
  assert.match(logout.cookie, /^portrait_session=; Path=\/; Max-Age=0;/)
  assert.deepEqual(
    said(await call('GET', '/api/auth/me', undefined, bearer(token))),
    detail(401, 'Invalid or expired token'),
  )
  assert.equal((await call('POST', '/api/auth/logout')).status, 200, 'and without a session there is nothing to end')
})

test('a session that was planted before the login is not the one after it', async () => {
  const [victim, attacker] = ['victim@example.org', 'attacker@example.org'].map(email => ({ ...ADA, email }))
  await call('POST', '/api/auth/register', victim)
  await call('POST', '/api/auth/register', attacker)
  const planted = (await call('POST', '/api/auth/login', attacker)).json.token
  for (const value of [planted, 'any-id-at-all']) {
    const login = await call('POST', '/api/auth/login', victim, { Cookie: `portrait_session=${value}` })
    assert(!login.cookie.includes(value))
    assert.notEqual(login.json.token, value)
  }
  const who = await call('GET', '/api/auth/me', undefined, bearer(planted))
  assert.equal(who.json.email, attacker?.email, 'the attacker has his own session still, and nothing more')
})
