import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import bcrypt from 'bcrypt'
import { checkPassword } from '../../../server/access/password-rules.js'
import { openPasswords } from '../../../server/access/passwords.js'
import { Refusal } from '../../../server/http/refusal.js'

const LEAST = 4

describe('hashes of passwords', () => {
  const passwords = openPasswords(LEAST)

  test('are of bcrypt, at cost 12 unless a test asks for less', async () => {
    assert.match(await passwords.hash('correct horse'), /^\$2b\$04\$/)
    assert.match(await openPasswords().hash('correct horse'), /^\$2b\$12\$/)
  })

  test('match their password and no other', async () => {
    const hash = await passwords.hash('correct horse')
    assert(await passwords.matches('correct horse', hash))
    assert(!(await passwords.matches('correct horsf', hash)))
    assert(!(await passwords.matches('', hash)))
  })

  test('match those that the replaced system made', async () => {
    assert(await passwords.matches('correct horse', await bcrypt.hash('correct horse', LEAST)))
  })

  test('tell long passwords apart beyond the 72 bytes that bcrypt reads, and around that length', async () => {
    for (const length of [71, 72, 73, 500]) {
      const password = 'x'.repeat(length)
      const hash = await passwords.hash(password)
      assert(await passwords.matches(password, hash))
      assert(!(await passwords.matches(`${password}y`, hash)), `${length} and one more`)
      assert(!(await passwords.matches(`${password.slice(1)}y`, hash)), `${length} with another end`)
    }
  })

  test('tell passwords apart after a zero character', async () => {
    assert(!(await passwords.matches('secret\0b', await passwords.hash('secret\0a'))))
  })

  test('match however a keyboard composes the letters', async () => {
    assert(await passwords.matches('gru\u0308n-gelb', await passwords.hash('gr\u00fcn-gelb')))
  })

  test('are outdated when made with less work than today', () => {
    assert(openPasswords(5).isOutdated(bcrypt.hashSync('x', 4)))
    assert(!openPasswords(4).isOutdated(bcrypt.hashSync('x', 4)))
  })

  test('are compared once, at the same cost, whether there is one or none', async () => {
    const hash = await passwords.hash('correct horse')
    const compare = mock.method(bcrypt, 'compare')
    try {
      await passwords.matches('wrong', hash)
      assert.equal(await passwords.matches('wrong', undefined), false)
      const compared = compare.mock.calls.map(call => bcrypt.getRounds(String(call.arguments[1])))
      assert.deepEqual(compared, [LEAST, LEAST])
    } finally {
      compare.mock.restore()
    }
  })

  test('are made two at a time, 64 wait, and more are sent away for some seconds', async () => {
    let [now, most] = [0, 0]
    const compare = mock.method(bcrypt, 'compare', async () => {
      most = Math.max(most, ++now)
      await new Promise(setImmediate)
      now--
      return false
    })
    try {
      const ends = await Promise.allSettled(Array.from({ length: 70 }, () => passwords.matches('x', undefined)))
      const refused = ends.filter(end => end.status === 'rejected').map(end => end.reason)
      assert.equal(most, 2)
      assert.deepEqual(
        refused.map(reason => reason instanceof Refusal && [reason.status, reason.headers]),
        Array(4).fill([503, { 'Retry-After': '5' }]),
      )
      assert.equal(await passwords.matches('x', undefined), false)
    } finally {
      compare.mock.restore()
    }
  })
})

describe('a new password', () => {
  const fault = (password: string) => {
    try {
      checkPassword(password, 'ada@example.org')
      return undefined
    } catch (error) {
      assert(error instanceof Refusal)
      assert.equal(error.status, 422)
      assert.deepEqual(error.faults[0]?.place, ['body', 'password'])
      return error.message
    }
  }

  test('has at least the six characters that the replaced system asks for', () => {
    assert.match(fault('five5') ?? '', /at least 6/)
    assert.equal(fault('six six'.slice(0, 6)), undefined)
    assert.match(fault('\u{1f600}'.repeat(3)) ?? '', /at least 6/)
  })

  test('has at most 1024 characters', () => {
    assert.equal(fault('xy'.repeat(512)), undefined)
    assert.match(fault(`${'xy'.repeat(512)}z`) ?? '', /at most 1024/)
  })

  test('is not the e-mail address, nor one of those that are guessed first', () => {
    for (const weak of ['Ada@Example.org', '123456', 'Password', 'QWERTY', 'aaaaaaaa']) assert(fault(weak), weak)
    assert.doesNotMatch(fault('Password') ?? '', /Password/, 'and is not said back')
  })
})
