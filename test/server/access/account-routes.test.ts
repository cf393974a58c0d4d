import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServer } from '../serving.js'
import { bearer, caller } from './calling.js'
import { ADA, TOKEN } from './setup.js'

const { url, services } = await startServer({ access: 'accounts', token: TOKEN })
const FACE = fileURLToPath(new URL('../../../../workflows/demo/face.jpg', import.meta.url))

const call = caller(url)
const inCookie = (setCookie: string) => ({ Cookie: setCookie.split(';')[0]! })

/** Makes an account; answers its token and who it is. */
async function join(email: string) {
  const { status, json, cookie } = await call('POST', '/api/account', { ...ADA, email })
  assert.equal(status, 201, JSON.stringify(json))
  return { account: json.account, token: json.token as string, cookie }
}

/** Uploads a picture; answers its id. */
async function uploadFace(token: string): Promise<string> {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(await readFile(FACE))], { type: 'image/jpeg' }), 'face.jpg')
  const response = await fetch(`${url}/api/upload/image`, { method: 'POST', headers: bearer(token), body: form })
  assert.equal(response.status, 200)
  return ((await response.json()) as { id: string }).id
}

test('making an account signs in, by token and by cookie', async () => {
  const { account, token, cookie } = await join('new@example.org')
  assert.deepEqual(Object.keys(account), ['id', 'email', 'name', 'createdAt'])
  assert.match(cookie, /HttpOnly; SameSite=Strict$/)
  for (const headers of [bearer(token), inCookie(cookie)]) {
    const { status, json } = await call('GET', '/api/account', undefined, headers)
    assert.deepEqual([status, json], [200, account])
  }
  assert.equal((await call('GET', '/api/account')).status, 401)
})

test('a session begins with the password and ends for good', async () => {
  await join('session@example.org')
  const { status, json, cookie } = await call('POST', '/api/session', { ...ADA, email: 'session@example.org' })
  assert.equal(status, 201)
  const end = await call('DELETE', '/api/session', undefined, inCookie(cookie))
  assert.equal(end.status, 204)
  assert.match(end.cookie, /^portrait_session=; /)
  assert.equal((await call('GET', '/api/account', undefined, bearer(json.token))).status, 401)
})

test('signing out elsewhere leaves this session', async () => {
  const { token } = await join('elsewhere@example.org')
  const other = (await call('POST', '/api/session', { ...ADA, email: 'elsewhere@example.org' })).json.token
  const ended = await call('DELETE', '/api/sessions', undefined, bearer(token))
  assert.deepEqual([ended.status, ended.json], [200, { ended: 1 }])
  assert.equal((await call('GET', '/api/account', undefined, bearer(token))).status, 200)
  assert.equal((await call('GET', '/api/account', undefined, bearer(other))).status, 401)
})

test('name and password are changed by their owner, the password only with the old one', async () => {
  const { token, account } = await join('change@example.org')
  const patch = (body: unknown) => call('PATCH', '/api/account', body, bearer(token))
  assert.deepEqual((await patch({ name: 'Ada L.' })).json, { ...account, name: 'Ada L.' })
  assert.equal((await patch({ password: { old: 'wrong', new: 'battery staple' } })).status, 401)
  assert.equal((await patch({ password: { old: ADA.password, new: '123456' } })).status, 422)
  assert.equal((await patch({ password: { old: ADA.password, new: 'battery staple' } })).status, 200)
  const login = (password: string) => call('POST', '/api/session', { email: account.email, password })
  assert.deepEqual([(await login(ADA.password)).status, (await login('battery staple')).status], [401, 201])
})

test('the export has all that the account owns and nobody else’s, with links that need no token', async () => {
  const [ada, bob] = [await join('export@example.org'), await join('other@example.org')]
  const id = await uploadFace(ada.token)
  const { status, json } = await call('GET', '/api/account/export', undefined, bearer(ada.token))
  assert.equal(status, 200)
  assert.deepEqual(json.account, ada.account)
  assert.doesNotMatch(JSON.stringify(json), /\$2b\$/, 'not even the hash of the password')
  const [kept] = json.owned.uploads
  assert.equal(kept.id, id)
  const link = json.links[kept.artifact]
  assert.equal((await fetch(url + link)).status, 200)
  assert.notEqual((await fetch(url + link.slice(0, -1))).status, 200, 'but no other key opens it')
  const others = await call('GET', '/api/account/export', undefined, bearer(bob.token))
  assert.deepEqual([others.json.owned.uploads, others.json.links], [[], {}])
})

test('an account is removed with its password, and all that it owned with it', async () => {
  const { token, account, cookie } = await join('remove@example.org')
  await uploadFace(token)
  const remove = (password: string) => call('DELETE', '/api/account', { password }, inCookie(cookie))
  assert.equal((await remove('wrong')).status, 401)
  assert.equal((await remove(ADA.password)).status, 204)
  assert.equal((await call('GET', '/api/account', undefined, bearer(token))).status, 401)
  assert.equal(await services.store.get('users', account.id), undefined)
  assert.equal(await services.store.count('uploads', { owner: `user:${account.id}` }), 0)
})

test('the operator has no account to show or to remove', async () => {
  assert.equal((await call('GET', '/api/account', undefined, bearer(TOKEN))).status, 401)
  assert.equal((await call('DELETE', '/api/account', { password: 'x' }, bearer(TOKEN))).status, 401)
})

test('the twenty-first wrong password is answered 429 with the time to wait', async () => {
  const wrong = () => call('POST', '/api/session', { email: 'nobody@example.org', password: 'wrong' })
  const statuses = (await Promise.all(Array.from({ length: 20 }, wrong))).map(({ status }) => status)
  assert.deepEqual(statuses, Array(20).fill(401))
  const slowed = await wrong()
  assert.equal(slowed.status, 429)
  assert.match(slowed.retryAfter, /^[1-6]?\d$/)
})
