import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { passingFolder } from '../command.js'
import { openIn } from './small-store.js'

const STORE = new URL('../../../server/store/lowdb-store.js', import.meta.url).href
const KILLS = 20

const AT_ONCE = 4

/** Several at a time, each time a new row and one more on the counter, told when both are kept. */
const PROGRAM = `
  import { openLowdbStore } from ${JSON.stringify(STORE)}
  const store = await openLowdbStore(process.argv[1], { log: console.log, journalBytes: 5000 })
  await store.commit([{ table: 'settings', create: { id: 'counter', values: { n: 0 } } }])
  const work = async part => {
    for (let n = 0; ; n++) {
      const id = part + '-' + n
      const more = store.update('settings', 'counter', row => ({ ...row, values: { n: row.values.n + 1 } }))
      await Promise.all([more, store.commit([{ table: 'settings', create: { id, values: { text: 'x'.repeat(n % 50) } } }])])
      await new Promise(told => process.stdout.write(id + '\\n', told))
    }
  }
  for (let part = 0; part < ${AT_ONCE}; part++) work(part)`

test('killed at any moment, again and again, it has every change that it told of, once, and never refuses', async () => {
  const folder = passingFolder()
  const logged: string[] = []
  let newest = 0
  for (let time = 0; time < KILLS; time++) {
    const told = new Set(await tellingUntilKilled(folder, 100 + time * 37))
    const store = await openIn(folder, logged)
    assert.deepEqual(logged, [])
    const rows = await store.list('settings')
    const counter = rows.find(({ id }) => id === 'counter')!.values.n as number
    const ids = new Set(rows.map(({ id }) => id))
    assert.deepEqual(
      [...told].filter(id => !ids.has(id)),
      [],
      `after kill ${time + 1}`,
    )
    // Of those that were being made nobody was told; they may be there or not.
    for (const count of [ids.size - 1, counter]) assert.ok(count >= told.size && count <= told.size + AT_ONCE)
    await store.commit(rows.map(({ id }) => ({ table: 'settings', remove: id })))
    await store.close()
    newest = Math.max(newest, ...readdirSync(folder).map(name => Number.parseInt(name, 10)))
  }
  assert.ok(newest > KILLS, `snapshots were being written all the time, but there were only ${newest}`)
})

/** Runs the program and kills it when it has told of so many; answers all that it told of. */
async function tellingUntilKilled(folder: string, count: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const told: string[] = []
  for await (const line of createInterface(child.stdout)) if (told.push(line) === count) child.kill('SIGKILL')
  assert.deepEqual(await ended, [null, 'SIGKILL'])
  return told
}
