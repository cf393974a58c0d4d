import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLoginThrottle } from '../../../server/access/login-throttle.js'
import { Refusal } from '../../../server/http/refusal.js'

/** A throttle with a clock that the test turns. */
function throttleAt(options: { limit?: number; entries?: number } = {}) {
  let time = 0
  const throttle = openLoginThrottle({ ...options, now: () => time })
  /** Seconds to wait, 0 if the try is let through; it stays a wrong one unless `right`. */
  const attempt = (email: string, address: string, right = false) => {
    try {
      const begun = throttle.begin(email, address)
      if (right) begun.passed()
      return 0
    } catch (error) {
      assert(error instanceof Refusal)
      assert.equal(error.status, 429)
      return Number(error.headers['Retry-After'])
    }
  }
  const wrong = (count: number, email: string, address: string) => {
    for (let index = 0; index < count; index++)
      assert.equal(attempt(email, address), 0, `try ${index + 1} goes through`)
  }
  return {
    attempt,
    wrong,
    pass: (seconds: number) => {
      time += seconds * 1000
    },
  }
}

test('after 20 wrong tries at an e-mail one a minute is left, from wherever', () => {
  const { attempt, wrong, pass } = throttleAt()
  for (let index = 0; index < 20; index++) wrong(1, 'a@b.c', `10.0.0.${index}`)
  assert.equal(attempt('a@b.c', '10.0.1.1'), 60)
  pass(59)
  assert.equal(attempt('a@b.c', '10.0.1.1'), 1)
  pass(1)
  assert.equal(attempt('a@b.c', '10.0.1.1'), 0)
  assert.equal(attempt('a@b.c', '10.0.1.1'), 60)
})

test('after 20 wrong tries an address is slowed, whatever e-mail it tries', () => {
  const { attempt, wrong } = throttleAt()
  for (let index = 0; index < 20; index++) wrong(1, `p${index}@b.c`, '10.0.0.1')
  assert.equal(attempt('new@b.c', '10.0.0.1'), 60)
  assert.equal(attempt('new@b.c', '10.0.0.2'), 0)
})

test('the IPv6 addresses of one household count as one, IPv4 ones written as IPv6 do not', () => {
  const { attempt, wrong } = throttleAt()
  for (let index = 0; index < 20; index++) wrong(1, `p${index}@b.c`, `2001:db8:0:1::${index}`)
  assert.equal(attempt('new@b.c', '2001:db8:0:1::ffff'), 60)
  for (let index = 0; index < 20; index++) wrong(1, `q${index}@b.c`, '::ffff:10.0.0.1')
  assert.equal(attempt('new@b.c', '::ffff:10.0.0.2'), 0)
})

test('a right password begins the count anew', () => {
  const { attempt, wrong } = throttleAt()
  wrong(19, 'a@b.c', '10.0.0.1')
  assert.equal(attempt('a@b.c', '10.0.0.1', true), 0)
  wrong(20, 'a@b.c', '10.0.0.1')
  assert.equal(attempt('a@b.c', '10.0.0.1'), 60)
})

test('signing in to an account of one’s own gives no further guesses at others', () => {
  const { attempt } = throttleAt()
  let guesses = 0
  for (let index = 0; index < 100; index++) {
    if (attempt(`victim${index}@b.c`, '10.0.0.1') === 0) guesses++
    attempt('own@b.c', '10.0.0.1', true)
  }
  assert.equal(guesses, 20)
})

test('guesses from elsewhere do not keep out whoever signed in before from his address', () => {
  const { attempt, wrong } = throttleAt()
  assert.equal(attempt('a@b.c', '10.0.0.1', true), 0)
  for (let index = 0; index < 20; index++) wrong(1, 'a@b.c', `10.0.1.${index}`)
  assert.equal(attempt('a@b.c', '10.0.2.1'), 60)
  assert.equal(attempt('a@b.c', '10.0.0.1', true), 0)
})

test('tries that are under way count already, so that many at once gain nothing', () => {
  const { attempt, wrong } = throttleAt({ limit: 3 })
  wrong(3, 'a@b.c', '10.0.0.1')
  assert.equal(attempt('a@b.c', '10.0.0.1', true), 60)
})

test('what is remembered is bounded: the longest unused is forgotten', () => {
  const { attempt, wrong } = throttleAt({ limit: 2, entries: 6 })
  wrong(2, 'a@b.c', '10.0.0.1')
  assert.equal(attempt('a@b.c', '10.0.0.2'), 60)
  wrong(1, 'x@b.c', '10.0.0.3')
  wrong(1, 'y@b.c', '10.0.0.4')
  assert.equal(attempt('a@b.c', '10.0.0.2'), 0)
})
