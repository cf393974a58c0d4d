import assert from 'node:assert/strict'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLinks } from '../../../server/access/links.js'
import { keyFor, readSecret } from '../../../server/access/secret.js'
import { BadArguments } from '../../../server/exit.js'
import { passingFolder } from '../command.js'

const NOTHING: NodeJS.ProcessEnv = {}

test('the secret is made once, in a folder that may be missing, and only its owner may read it', async () => {
  const folder = join(passingFolder(), 'server')
  const made = await readSecret(folder, NOTHING)
  assert.equal(made.length, 32)
  assert.deepEqual(new Uint8Array(await readSecret(folder, NOTHING)), new Uint8Array(made))
  assert.equal(statSync(join(folder, 'secret')).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(folder), ['secret'])
})

test('of many that start at once, all end with the same secret', async () => {
  const folder = passingFolder()
  const secrets = await Promise.all(Array.from({ length: 20 }, () => readSecret(folder, NOTHING)))
  assert.equal(new Set(secrets.map(bytes => Buffer.from(bytes).toString('hex'))).size, 1)
  assert.deepEqual(readdirSync(folder), ['secret'])
})

test('a damaged secret is refused with the file, what it should hold, and the cure', async () => {
  const folder = passingFolder()
  for (const bytes of ['', 'torn', 'x'.repeat(33)]) {
    writeFileSync(join(folder, 'secret'), bytes)
    await assert.rejects(readSecret(folder, NOTHING), (error: unknown) => {
      assert(error instanceof BadArguments)
      assert(error.message.includes(join(folder, 'secret')))
      assert.match(error.message, new RegExp(`32 bytes .* holds ${bytes.length}\\. .*backup.*delete`))
      return true
    })
  }
})

test('PORTRAIT_SECRET stands in for the file, and a short one is refused without being said', async () => {
  const folder = passingFolder()
  const given = await readSecret(folder, { PORTRAIT_SECRET: 'k'.repeat(32) })
  assert.equal(given.length, 32)
  assert.notDeepEqual(given, await readSecret(folder, { PORTRAIT_SECRET: 'l'.repeat(32) }))
  assert.deepEqual(readdirSync(folder), [])
  await assert.rejects(
    readSecret(folder, { PORTRAIT_SECRET: 'canary' }),
    (error: unknown) =>
      error instanceof BadArguments &&
      /at least 32 characters.*got 6/.test(error.message) &&
      !/canary/.test(error.message),
  )
})

test('tokens and links are signed with different keys', () => {
  const secret = new Uint8Array(32).fill(7)
  assert.notDeepEqual(keyFor(secret, 'tokens'), keyFor(secret, 'links'))
  assert.notDeepEqual(keyFor(secret, 'tokens'), secret)
})

test('a signed link opens its own path and no other, with its own key and no other', () => {
  const links = openLinks(new Uint8Array(32).fill(7))
  const [path, key] = links.sign('/api/artifacts/ab.png').split('?key=')
  assert.equal(path, '/api/artifacts/ab.png')
  assert(links.isSigned('/api/artifacts/ab.png', key))
  assert(!links.isSigned('/api/artifacts/ac.png', key))
  assert(!links.isSigned('/api/artifacts/ab.png', undefined))
  assert(!links.isSigned('/api/artifacts/ab.png', ''))
  assert(!links.isSigned('/api/artifacts/ab.png', `${key}=`))
  assert(!links.isSigned('/api/artifacts/ab.png', key!.slice(0, -1)))
  assert(!openLinks(new Uint8Array(32).fill(8)).isSigned('/api/artifacts/ab.png', key))
})
