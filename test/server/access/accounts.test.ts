import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import bcrypt from 'bcrypt'
import type { Principal } from '../../../server/access/principal.js'
import { Refusal } from '../../../server/http/refusal.js'
import { gate } from '../../engine/harness.js'
import { ADA, HERE, signIn, TOKEN, testAccounts } from './setup.js'

/** Expects a refusal with this status and code. */
const refused = (call: Promise<unknown>, status: number, code: string) =>
  assert.rejects(call, error => {
    assert(error instanceof Refusal, String(error))
    assert.deepEqual([error.status, error.code], [status, code])
    return true
  })

test('an account is known by its address, whatever the case and the spaces around it', async () => {
  const { accounts } = await testAccounts()
  const user = await accounts.register({ ...ADA, email: '  Ada@Example.ORG ' })
  assert.equal(user.email, 'ada@example.org')
  assert.match(user.id, /^[0-9a-f-]{36}$/)
  await refused(accounts.register({ ...ADA, email: 'ADA@example.org' }), 400, 'email-taken')
  assert.equal((await accounts.login({ ...ADA, email: 'aDa@example.org', address: HERE })).user.id, user.id)
})

test('of many who register one address at once, one wins', async () => {
  const { accounts, store } = await testAccounts()
  const ends = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) => accounts.register({ ...ADA, name: `Ada ${index}` })),
  )
  const lost = ends.filter(end => end.status === 'rejected').map(end => end.reason)
  assert.equal(lost.length, 9)
  for (const reason of lost) assert(reason instanceof Refusal && reason.code === 'email-taken', String(reason))
  assert.equal(await store.count('users'), 1)
  assert.equal((await store.get('emails', ADA.email))?.user, (await store.list('users'))[0]?.id)
})

test('what is no e-mail address is refused, and names that objects have are none', async () => {
  const { accounts } = await testAccounts()
  for (const email of [
    '',
    'ada',
    '__proto__',
    'a@b',
    'a b@c.d',
    '@b.c',
    'a@',
    'a@.c',
    'a@b..c',
    `${'x'.repeat(251)}@b.c`,
  ])
    await refused(accounts.register({ ...ADA, email }), 422, 'invalid')
  await refused(accounts.login({ email: '__proto__@b.c', password: 'x', address: HERE }), 401, 'wrong-login')
})

test('a password is kept as a hash only', async () => {
  const { accounts, store } = await testAccounts()
  const { id } = await accounts.register(ADA)
  const { password } = (await store.get('users', id))!
  assert.match(password, /^\$2b\$/)
  assert.doesNotMatch(JSON.stringify(await store.list('users')), /correct horse/)
})

test('a wrong password and an unknown address are refused alike, after one comparison each', async () => {
  const { accounts } = await testAccounts()
  await accounts.register(ADA)
  const compare = mock.method(bcrypt, 'compare')
  try {
    const refusals = await Promise.all(
      [
        { ...ADA, password: 'wrong' },
        { ...ADA, email: 'nobody@example.org' },
      ].map(async person => {
        const error = await accounts.login({ ...person, address: HERE }).catch(error => error)
        const { status, code, message, faults, headers } = error
        return { status, code, message, faults, headers }
      }),
    )
    assert.deepEqual(refusals[0], refusals[1])
    assert.equal(refusals[0]?.status, 401)
    const costs = compare.mock.calls.map(call => bcrypt.getRounds(String(call.arguments[1])))
    assert.deepEqual(costs, [4, 4])
  } finally {
    compare.mock.restore()
  }
})

test('a disabled account is told so, but only to who knows its password; its tokens are worth nothing', async () => {
  const { accounts, store } = await testAccounts()
  const { id } = await accounts.register(ADA)
  const { token } = await signIn(accounts)
  await store.update('users', id, user => ({ ...user, active: false }))
  await refused(accounts.login({ ...ADA, address: HERE }), 403, 'disabled')
  await refused(accounts.login({ ...ADA, password: 'wrong', address: HERE }), 401, 'wrong-login')
  assert.equal(await accounts.identify(token), undefined)
})

test('the twenty-first wrong password waits, for known and unknown addresses alike, and so does a right one', async () => {
  for (const email of [ADA.email, 'nobody@example.org']) {
    const { accounts } = await testAccounts()
    await accounts.register(ADA)
    const wrong = () => accounts.login({ email, password: 'wrong', address: HERE })
    for (let index = 0; index < 20; index++) await refused(wrong(), 401, 'wrong-login')
    await refused(wrong(), 429, 'too-many-tries')
    await refused(accounts.login({ ...ADA, address: HERE }), 429, 'too-many-tries')
  }
})

test('twenty wrong passwords at once and one after them are no way around', async () => {
  const { accounts } = await testAccounts()
  await accounts.register(ADA)
  const ends = await Promise.allSettled(
    Array.from({ length: 40 }, () => accounts.login({ ...ADA, password: 'wrong', address: HERE })),
  )
  const statuses = ends.map(end => end.status === 'rejected' && end.reason.status)
  assert.deepEqual([statuses.filter(status => status === 401).length, statuses.filter(s => s === 429).length], [20, 20])
})

test('a hash of less work than today is made anew when its owner signs in', async () => {
  const { accounts, store, dearer } = await testAccounts()
  const { id } = await accounts.register(ADA)
  const hashNow = async () => (await store.get('users', id))!.password
  const before = await hashNow()
  await dearer(5).login({ ...ADA, address: HERE })
  const upgraded = await hashNow()
  assert.deepEqual([bcrypt.getRounds(before), bcrypt.getRounds(upgraded)], [4, 5])
  await accounts.login({ ...ADA, address: HERE })
  assert.equal(await hashNow(), upgraded, 'and is never made cheaper')
})

test('a new password needs the old one, ends all other sessions, and is the only one from then on', async () => {
  const { accounts } = await testAccounts()
  await accounts.register(ADA)
  const [here, there] = [await signIn(accounts), await signIn(accounts)]
  await refused(accounts.changePassword(here.who, { old: 'wrong', new: 'battery staple' }), 401, 'wrong-password')
  await refused(accounts.changePassword(here.who, { old: ADA.password, new: '123456' }), 422, 'weak-password')
  await accounts.changePassword(here.who, { old: ADA.password, new: 'battery staple' })
  assert.deepEqual(await accounts.identify(here.token), here.who)
  assert.equal(await accounts.identify(there.token), undefined)
  await refused(accounts.login({ ...ADA, address: HERE }), 401, 'wrong-login')
  await accounts.login({ ...ADA, password: 'battery staple', address: HERE })
})

test('a login with the old password that is under way while it changes gets no session', async () => {
  const { accounts, store } = await testAccounts()
  await accounts.register(ADA)
  const here = await signIn(accounts)
  const compare = bcrypt.compare
  const [begun, changed] = [gate(), gate()]
  const slow = mock.method(bcrypt, 'compare', async (data: string, hash: string) => {
    slow.mock.restore()
    begun.open()
    await changed.opened
    return compare(data, hash)
  })
  try {
    const late = accounts.login({ ...ADA, address: HERE })
    await begun.opened
    await accounts.changePassword(here.who, { old: ADA.password, new: 'battery staple' })
    changed.open()
    await refused(late, 401, 'wrong-login')
    assert.deepEqual(
      (await store.list('sessions')).map(({ id }) => id),
      [here.who.session],
    )
  } finally {
    slow.mock.restore()
  }
})

test('whoever steals a session cannot guess the password by it', async () => {
  const { accounts } = await testAccounts()
  await accounts.register(ADA)
  const { who } = await signIn(accounts)
  for (let index = 0; index < 20; index++) await refused(accounts.remove(who, `guess ${index}`), 401, 'wrong-password')
  await refused(accounts.remove(who, ADA.password), 429, 'too-many-tries')
})

test('removing an account takes its password, and leaves nothing of it', async () => {
  const { accounts, store, forgotten } = await testAccounts()
  const { id } = await accounts.register(ADA)
  await accounts.register({ ...ADA, email: 'bob@example.org' })
  const { who, token } = await signIn(accounts)
  await refused(accounts.remove(who, 'wrong'), 401, 'wrong-password')
  await accounts.remove(who, ADA.password)
  assert.deepEqual(forgotten, [`user:${id}`])
  assert.equal(await accounts.identify(token), undefined)
  assert.deepEqual([await store.count('users'), await store.count('emails'), await store.count('sessions')], [1, 1, 0])
  await refused(accounts.login({ ...ADA, address: HERE }), 401, 'wrong-login')
  assert.notEqual((await accounts.register(ADA)).id, id, 'the address is free again')
})

test('an account whose things cannot be removed stays, so that it can be tried again', async () => {
  const failing = { forget: true }
  const { accounts } = await testAccounts(failing)
  await accounts.register(ADA)
  await assert.rejects(accounts.remove((await signIn(accounts)).who, ADA.password), /the disk is full/)
  failing.forget = false
  await accounts.remove((await signIn(accounts)).who, ADA.password)
})

test('a name is changed by its owner, and by nobody who has no account', async () => {
  const { accounts } = await testAccounts()
  await accounts.register(ADA)
  const { who } = await signIn(accounts)
  assert.equal((await accounts.rename(who, 'Ada L.')).name, 'Ada L.')
  assert.equal((await accounts.user(who))?.name, 'Ada L.')
  const others: Principal[] = [{ kind: 'anonymous' }, { kind: 'operator' }, { kind: 'user', id: 'x', session: 'y' }]
  for (const other of others) {
    await refused(accounts.rename(other, 'Eve'), 401, 'not-signed-in')
    await refused(accounts.changePassword(other, { old: 'x', new: 'battery staple' }), 401, 'not-signed-in')
    await refused(accounts.remove(other, 'x'), 401, 'not-signed-in')
    await accounts.logout(other)
  }
})

test('the operator’s token stands for the operator, and nothing like it does', async () => {
  const { accounts } = await testAccounts()
  assert.deepEqual(await accounts.identify(TOKEN), { kind: 'operator' })
  for (const wrong of ['', TOKEN.slice(0, -1), `${TOKEN} `, TOKEN.toUpperCase()])
    assert.equal(await accounts.identify(wrong), undefined)
})
