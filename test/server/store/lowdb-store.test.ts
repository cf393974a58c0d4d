import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
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
