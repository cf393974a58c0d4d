import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SignJWT } from 'jose'
import { keyFor } from '../../../server/access/secret.js'
import { SESSION_IDLE, SESSION_LIFE } from '../../../server/access/sessions.js'
import { ADA, HERE, SECRET, signIn, testAccounts } from './setup.js'

const HOUR = 3_600_000

test('logging out ends that session at once and no other', async () => {
  const { accounts } = await testAccounts()
  await accounts.register(ADA)
  const [here, there] = [await signIn(accounts), await signIn(accounts)]
  assert.notEqual(here.who.session, there.who.session, 'each login is a session of its own')
  await accounts.logout(here.who)
  assert.equal(await accounts.identify(here.token), undefined)
  assert.deepEqual(await accounts.identify(there.token), there.who)
  await accounts.logout(here.who)
})

test('logging out elsewhere leaves this session and other people’s', async () => {
  const { accounts } = await testAccounts()
  const bob = { ...ADA, email: 'bob@example.org' }
  await accounts.register(ADA)
  await accounts.register(bob)
  const [here, there, bobs] = [await signIn(accounts), await signIn(accounts), await signIn(accounts, bob)]
  assert.equal(await accounts.logoutElsewhere(here.who), 1)
  assert.deepEqual(await accounts.identify(here.token), here.who)
  assert.equal(await accounts.identify(there.token), undefined)
  assert.deepEqual(await accounts.identify(bobs.token), bobs.who)
})

test('a session ends after a week without use, lives on by being used, and no longer than 90 days', async () => {
  const { accounts, pass } = await testAccounts()
  await accounts.register(ADA)
  const unused = await signIn(accounts)
  pass(SESSION_IDLE)
  assert.equal(await accounts.identify(unused.token), undefined)

  const used = await signIn(accounts)
  let lived = 0
  while (lived + SESSION_IDLE / 2 < SESSION_LIFE) {
    assert.deepEqual(await accounts.identify(used.token), used.who, `after ${lived} ms`)
    pass(SESSION_IDLE / 2)
    lived += SESSION_IDLE / 2
  }
  pass(SESSION_LIFE - lived)
  assert.equal(await accounts.identify(used.token), undefined)
})

test('using a session writes to the disk once an hour at most', async () => {
  const { accounts, store, pass } = await testAccounts()
  await accounts.register(ADA)
  const { token, who } = await signIn(accounts)
  const expires = async () => (await store.get('sessions', who.session))!.expiresAt
  const first = await expires()
  pass(HOUR / 2)
  await accounts.identify(token)
  assert.equal(await expires(), first)
  pass(HOUR)
  await accounts.identify(token)
  assert.equal(await expires(), first + 1.5 * HOUR)
})

test('what has expired is cleared away by the next login, and of one account’s sessions the oldest beyond 100', async () => {
  const { accounts, store, pass } = await testAccounts()
  await accounts.register(ADA)
  const gone = await signIn(accounts)
  pass(SESSION_IDLE)
  const oldest = await signIn(accounts)
  assert.equal(await store.get('sessions', gone.who.session), undefined)
  for (let index = 0; index < 100; index++) await accounts.login({ ...ADA, address: HERE })
  assert.equal(await store.count('sessions'), 100)
  assert.equal(await accounts.identify(oldest.token), undefined)
})

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

test('forged tokens stand for nobody', async () => {
  const { accounts } = await testAccounts()
  await accounts.register(ADA)
  const bob = { ...ADA, email: 'bob@example.org' }
  await accounts.register(bob)
  const [{ who, token }, bobs] = [await signIn(accounts), await signIn(accounts, bob)]
  const [header, payload, signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString())
  const key = keyFor(SECRET, 'tokens')
  const signed = (changes: object, by: Uint8Array = key, alg = 'HS256') =>
    new SignJWT(JSON.parse(JSON.stringify({ ...claims, ...changes }))).setProtectedHeader({ alg }).sign(by)
  assert.deepEqual(await accounts.identify(await signed({})), who, 'the forger’s tools work where they have the key')

  const forged: Record<string, string> = {
    'without a signature': `${encode({ alg: 'none' })}.${payload}.`,
    'without a signature but with its algorithm': `${header}.${payload}.`,
    'of the algorithm none with the old signature': `${encode({ alg: 'none' })}.${payload}.${signature}`,
    'with another key': await signed({}, new Uint8Array(32)),
    'with the raw secret': await signed({}, SECRET),
    'with the key of links': await signed({}, keyFor(SECRET, 'links')),
    'of another algorithm': await signed({}, key, 'HS512'),
    'with changed claims': `${header}.${encode({ ...claims, sub: bobs.who.id })}.${signature}`,
    'with a changed header': `${encode({ alg: 'HS256', typ: 'JWT', kid: '../x' })}.${payload}.${signature}`,
    'that has expired': await signed({ exp: claims.iat - 1 }),
    'that never expires': await signed({ exp: undefined }),
    'for another audience': await signed({ aud: 'another' }),
    'for no audience': await signed({ aud: undefined }),
    'of another issuer': await signed({ iss: 'another' }),
    'without a session': await signed({ sid: undefined }),
    'with a session that is no text': await signed({ sid: { id: who.session } }),
    'with a session that never was': await signed({ sid: 'guess' }),
    'with a session that objects have': await signed({ sid: '__proto__' }),
    'with the session of somebody else': await signed({ sid: bobs.who.session }),
    'of a user who is not': await signed({ sub: 'nobody' }),
    'with a byte more': `${token}A`,
    'with a part more': `${token}.${signature}`,
    'of great length': `${header}.${encode({ ...claims, more: 'x'.repeat(1e6) })}.${signature}`,
  }
  for (const [how, forgery] of Object.entries(forged))
    assert.equal(await accounts.identify(forgery), undefined, `a token ${how}`)
  assert.deepEqual(await accounts.identify(token), who)
})

test('any text at all is answered, with nobody', async () => {
  const { accounts } = await testAccounts()
  const part = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.json().map(text => Buffer.from(text).toString('base64url')),
  )
  const text = fc.oneof(
    part,
    fc.tuple(part, part, part).map(parts => parts.join('.')),
  )
  await fc.assert(
    fc.asyncProperty(text, async token => (await accounts.identify(token)) === undefined),
    { numRuns: 500 },
  )
})
