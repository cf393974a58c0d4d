import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { openRoom, readJson } from '../../../server/http/body.js'

const limits = (room: ReturnType<typeof openRoom>) => ({ bytes: 1 << 20, ms: 60_000, room, weigh: () => {} })
const request = () => Object.assign(new PassThrough(), { headers: {} }) as unknown as IncomingMessage & PassThrough

test('bodies that are on their way share a bounded room, in which small ones always find place', async () => {
  const room = openRoom(100 << 10)
  const held = request()
  const first = readJson(held, limits(room), false)
  // 64 kB cost nothing, and what is more fills the room.
  held.write(Buffer.alloc((164 << 10) - 1, ' '))
  const second = request()
  const refused = readJson(second, limits(room), false)
  second.write(Buffer.alloc(66 << 10, ' '))
  await assert.rejects(refused, { status: 503, code: 'busy', headers: { 'Retry-After': '5' } })
  const small = request()
  small.end('{"a":1}')
  assert.deepEqual(await readJson(small, limits(room), false), { a: 1 })
  held.end('2')
  assert.equal(await first, 2)
  const third = request()
  const taken = readJson(third, limits(room), false)
  third.end(`${' '.repeat(150 << 10)}3`)
  assert.equal(await taken, 3)
})
