import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openLowdbStore } from '../../../server/store/lowdb-store.js'
import type { Settings, Store } from '../../../server/store/store.js'

/** A row of these tests. */
export const settings = (id: string, n = 0): Settings => ({ id, values: { n } })

/** Opens a store and writes down what it logs. */
export const openIn = (folder: string, logged: string[] = [], options = {}): Promise<Store> =>
  openLowdbStore(folder, { log: message => void logged.push(message), ...options })

/** The rows of a store that is opened for that, as `a=1 b=2`. */
export async function contentOf(folder: string, logged: string[] = []): Promise<string> {
  const store = await openIn(folder, logged)
  const rows = await store.list('settings', { order: 'oldest' })
  await store.close()
  return inWords(rows)
}

const inWords = (rows: readonly Settings[]) => rows.map(({ id, values }) => `${id}=${values.n}`).join(' ')

/** The files of a folder by name. */
export type Files = Readonly<Record<string, Buffer>>

export const readFiles = (folder: string): Files =>
  Object.fromEntries(readdirSync(folder).map(name => [name, readFileSync(join(folder, name))]))

export function writeFiles(folder: string, files: Files): void {
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
}

/** A store with two generations behind it: its files, its content, and after which length of the newest journal it had which. */
export interface SmallStore {
  readonly files: Files
  readonly content: string
  readonly history: readonly { readonly length: number; readonly content: string }[]
}

/** Makes one in an empty folder. */
export async function makeSmallStore(folder: string): Promise<SmallStore> {
  const snapshots = { journalBytes: 200 }
  for (const names of ['abc', 'def', 'b']) {
    const store = await openIn(folder, [], snapshots)
    for (const id of names) await store.commit([{ table: 'settings', put: settings(id, names.length) }])
    await store.close()
  }
  const newest = join(folder, `${Math.max(...readdirSync(folder).map(name => Number.parseInt(name, 10)))}.journal`)
  const before = await contentOf(folder)
  const history = [{ length: statSync(newest).size, content: before }]
  const store = await openIn(folder)
  for (const id of 'ghai') {
    await store.commit([{ table: 'settings', put: settings(id, 9) }])
    const rows = await store.list('settings', { order: 'oldest' })
    history.push({ length: statSync(newest).size, content: inWords(rows) })
  }
  await store.close()
  return { files: readFiles(folder), content: history.at(-1)!.content, history }
}
