import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLowdbStore } from '../../../server/store/lowdb-store.js'
import { storeContract } from '../../contract/store.js'
import { passingFolder } from '../command.js'

const folder = passingFolder()
const log = (message: string) => {
  throw new Error(message)
}

const place = (options = {}) => {
  const mine = join(folder, randomUUID())
  return () => openLowdbStore(mine, { log, ...options })
}

storeContract('lowdb', place)
// With a snapshot after every few commits, so that they come at any moment.
storeContract('lowdb, always writing snapshots', () => place({ journalBytes: 200 }))

test('compacting leaves nothing on the disk of rows that were removed, also while others are written', async () => {
  const mine = join(folder, randomUUID())
  const store = await openLowdbStore(mine, { log })
  const secret = { id: 'secret', values: { text: 'ann@example.org' } }
  await store.commit([{ table: 'settings', create: secret }])
  const writing = Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      store
        .commit([{ table: 'settings', create: { id: `${n}`, values: {} } }])
        .then(() => (n % 20 === 0 ? store.compact() : undefined)),
    ),
  )
  await store.commit([{ table: 'settings', remove: 'secret' }])
  await store.compact()
  for (const name of readdirSync(mine)) assert.ok(!readFileSync(join(mine, name), 'utf8').includes('ann@'), name)
  await writing
  await store.close()
  await assert.rejects(store.compact(), /is closed/)
  const reopened = await openLowdbStore(mine, { log })
  assert.equal(await reopened.count('settings'), 50)
  await reopened.close()
})
