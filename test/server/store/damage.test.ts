import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeLine } from '../../../server/store/lines.js'
import { passingFolder } from '../command.js'
import { contentOf, type Files, makeSmallStore, openIn, readFiles, settings, writeFiles } from './small-store.js'

//  3.journal ─── 4.journal ◄─ written to        `whole`: two ways lead to the present
//  3.snapshot    4.snapshot                     `midway`: killed before 4.snapshot was there, so one way does

const folder = passingFolder()
const small = await makeSmallStore(join(folder, 'small'))
const whole = small.files
const { '4.snapshot': _, ...midway } = whole

/** Opens a store of these files; what it holds, or the sentence that refuses it, and what the folder then holds. */
async function open(files: Files) {
  const mine = join(folder, randomUUID())
  mkdirSync(mine)
  writeFiles(mine, files)
  const logged: string[] = []
  const content = await contentOf(mine, logged).catch((error: Error) => error.message)
  const after = readFiles(mine)
  rmSync(mine, { recursive: true })
  return { content, after, logged: logged.join('\n'), isRefused: content.startsWith('The store in ') }
}

/** Opens files of which one is damaged, and has it that all is there or that it is refused and kept. */
async function losesNothing(files: Files, name: string, damaged: Buffer) {
  const { content, after, isRefused } = await open({ ...files, [name]: damaged })
  if (!isRefused) return assert.equal(content, small.content, `${name}\n${damaged}`)
  assert.match(
    content,
    /The store in .+ cannot be opened: .+\. Nothing was changed, and a copy of the file is kept as /,
  )
  for (const [file, bytes] of Object.entries({ ...files, [name]: damaged })) assert.deepEqual(after[file], bytes)
  const copies = Object.keys(after).filter(file => file.includes('.damaged-at-'))
  assert.equal(copies.length, 1)
  assert.ok(content.includes(copies[0]!))
}

const cuts = (bytes: Buffer) => Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length))

test('the small store has two ways to all that it holds', async () => {
  assert.deepEqual(Object.keys(whole), ['3.journal', '3.snapshot', '4.journal', '4.snapshot'])
  for (const files of [whole, midway]) {
    const { content, logged, after } = await open(files)
    assert.deepEqual([content, logged], [small.content, ''])
    assert.deepEqual(after, files)
  }
})

test('cut at any byte, the newest journal gives every commit that is whole in it, and keeps the rest aside', async () => {
  const journal = whole['4.journal']!
  for (const cut of cuts(journal)) {
    const { content, after, logged, isRefused } = await open({ ...whole, '4.journal': cut })
    const last = small.history.findLast(({ length }) => length <= cut.length)
    if (!last) assert.ok(isRefused, `cut after ${cut.length} bytes, within the first line`)
    else {
      assert.equal(content, last.content)
      assert.deepEqual(after['4.journal'], journal.subarray(0, last.length))
      const aside = `4.journal.damaged-at-${last.length}`
      assert.deepEqual(after[aside], last.length < cut.length ? cut : undefined)
      assert.equal(logged.includes(aside), last.length < cut.length)
    }
  }
})

test('cut at any byte, the newest snapshot is made up for by older files, and kept aside', async () => {
  for (const cut of cuts(whole['4.snapshot']!)) {
    const { content, after, logged } = await open({ ...whole, '4.snapshot': cut })
    assert.equal(content, small.content)
    assert.match(
      logged,
      /4\.snapshot is damaged \(.+\); older files had all of it, and it is now 4\.snapshot\.damaged\./,
    )
    assert.deepEqual(after['4.snapshot.damaged'], cut)
    assert.equal(after['4.snapshot'], undefined)
  }
})

test('cut at any byte, an older file that is not needed costs nothing, and one that is needed is refused', async () => {
  for (const name of ['3.journal', '3.snapshot']) {
    for (const cut of cuts(whole[name]!)) {
      assert.equal((await open({ ...whole, [name]: cut })).content, small.content)
      const { isRefused } = await open({ ...midway, [name]: cut })
      assert.ok(isRefused, `${name} cut after ${cut.length} bytes`)
      await losesNothing(midway, name, cut)
    }
  }
})

test('whichever bit flips in whichever file, all is there or it is refused', () =>
  fc.assert(
    fc.asyncProperty(fc.constantFrom(whole, midway), fc.nat(), fc.nat(), fc.nat(7), async (files, file, byte, bit) => {
      const names = Object.keys(files)
      const name = names[file % names.length]!
      const damaged = Buffer.from(files[name]!)
      damaged[byte % damaged.length]! ^= 1 << bit
      await losesNothing(files, name, damaged)
    }),
    { numRuns: 600 },
  ))

test('no bit of the last line that was kept, nor its end, makes it look as if it had never been kept', async () => {
  const journal = whole['4.journal']!
  for (let byte = small.history.at(-2)!.length; byte < journal.length; byte++) {
    const damaged = Buffer.from(journal)
    damaged[byte]! ^= 1 << (byte % 8)
    await losesNothing(whole, '4.journal', damaged)
  }
})

test('a last write of which only later sectors came to the disk is cut off', async () => {
  const { length: start, content } = small.history.at(-2)!
  const holed = Buffer.from(whole['4.journal']!).fill(0, start, start + 30)
  const { content: found, after } = await open({ ...whole, '4.journal': holed })
  assert.equal(found, content)
  assert.deepEqual(after[`4.journal.damaged-at-${start}`], holed)
})

test('a refusal names the file, the byte and the cures, again at every start, and the cure works', async () => {
  const mine = join(folder, randomUUID())
  mkdirSync(mine)
  const { length: at } = small.history[1]!
  const damaged = Buffer.from(whole['4.journal']!).fill('!', at + 20, at + 21)
  writeFiles(mine, { ...whole, '4.journal': damaged })
  const refusal = `The store in ${mine} cannot be opened: 4.journal is damaged at byte ${at} (the checksum does not match). Nothing was changed, and a copy of the file is kept as 4.journal.damaged-at-${at}. Put a backup of the folder in its place, or move it away to begin with an empty store, or go on with what was kept before the damage: truncate -s ${at} '${join(mine, '4.journal')}'.`
  for (let start = 0; start < 3; start++) await assert.rejects(contentOf(mine), { message: refusal })
  assert.equal(Object.keys(readFiles(mine)).length, 5)
  truncateSync(join(mine, '4.journal'), at)
  assert.equal(await contentOf(mine), small.history[1]!.content)
})

test('a store that made up for a damaged snapshot goes on, makes new ones and can do it again', async () => {
  const mine = join(folder, randomUUID())
  mkdirSync(mine)
  writeFiles(mine, { ...whole, '4.snapshot': Buffer.from('nonsense') })
  const store = await openIn(mine, [], { journalBytes: 200 })
  for (let n = 0; n < 8; n++) await store.commit([{ table: 'settings', put: settings('more', n) }])
  await store.close()
  const names = Object.keys(readFiles(mine)).filter(name => name.endsWith('snapshot'))
  const newest = names.sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))[0]!
  truncateSync(join(mine, newest), 10)
  assert.equal(await contentOf(mine), `${small.content} more=7`)
})

test('what is missing, empty, exchanged, from a later version or not readable is refused by name', async () => {
  const { '3.journal': third, '4.journal': fourth, '3.snapshot': snapshot } = whole
  const without = (name: string) => Object.fromEntries(Object.entries(midway).filter(([file]) => file !== name))
  const later = encodeLine(JSON.stringify({ format: 2, kind: 'journal', generation: 4, after: 7 }))
  const strange = encodeLine(JSON.stringify({ commit: 12, changes: [{ table: 'ghosts', put: { id: 'a' } }] }))
  const cases: [Files, RegExp][] = [
    [without('3.journal'), /: 3\.journal is missing\. Put a backup/],
    [without('3.snapshot'), /: 1\.journal is missing\. Put a backup/],
    [{ '4.snapshot': whole['4.snapshot']! }, /: 4\.journal is missing\. Put a backup/],
    [{ ...whole, '4.journal': Buffer.alloc(0) }, /: 4\.journal is damaged at byte 0 \(it is empty\)/],
    [{ ...whole, '4.journal': third! }, /4\.journal is damaged at byte 0 \(it is 3\.journal under another name\)/],
    [{ ...midway, '3.snapshot': fourth! }, /3\.snapshot is damaged at byte 0 \(it is 4\.journal under another name\)/],
    [
      { ...midway, '3.journal': Buffer.concat([third!, third!.subarray(third!.indexOf('\n') + 1)]) },
      /\(commit \d+ follows commit 7\)/,
    ],
    [{ ...whole, '4.journal': later }, /it has format 2, which a newer version reads/],
    [{ ...whole, '4.journal': Buffer.concat([fourth!, strange]) }, /there is no table "ghosts" in this version/],
    [{ '1.journal': snapshot! }, /it is 3\.snapshot under another name/],
  ]
  for (const [files, sentence] of cases) assert.match((await open(files)).content, sentence)
})

test('a file that the disk or the rights do not let be read is refused with the reason', async () => {
  const mine = join(folder, randomUUID())
  // Root may read everything, but not a folder as if it were a file.
  mkdirSync(join(mine, '1.journal'), { recursive: true })
  await assert.rejects(contentOf(mine), /cannot be opened: EISDIR: .+\. Let this user read and write the folder/)
})

test('the files of a store are for its own user only', { skip: process.platform === 'win32' }, async () => {
  const mine = join(folder, 'new', 'store')
  const store = await openIn(mine, [], { journalBytes: 1 })
  await store.commit([{ table: 'settings', create: settings('a') }])
  await store.close()
  const modes = [mine, ...Object.keys(readFiles(mine)).map(name => join(mine, name))].map(path => statSync(path).mode)
  assert.deepEqual(
    modes.map(mode => mode & 0o077),
    [0, 0, 0, 0],
  )
})
