import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Store } from '../../../server/store/store.js'
import { passingFolder } from '../command.js'
import { failingDisk, powerCutDisk } from './disks.js'
import { contentOf, type Files, openIn, settings, writeFiles } from './small-store.js'

const folder = passingFolder()
const fresh = () => join(folder, randomUUID())
const ids = 'abcdefghijklmnop'
const inWords = (ids: string) => [...ids].map(id => `${id}=0`).join(' ')

/** Creates a row a commit, some of them at once; answers those that were kept and those that were not. */
async function createAll(
  store: Store,
  kept: (id: string) => void = () => {},
): Promise<{ kept: string; refused: string }> {
  const create = (id: string) =>
    store.commit([{ table: 'settings', create: settings(id) }]).then(
      () => {
        kept(id)
        return undefined
      },
      ({ message }) => {
        assert.match(message, /could not keep a change: .+\. Nothing of it was made; see that the disk works/)
        return id
      },
    )
  const answers: (string | undefined)[] = []
  for (let at = 0; at < ids.length; at += 4) {
    answers.push(await create(ids[at]!))
    answers.push(...(await Promise.all([...ids.slice(at + 1, at + 4)].map(create))))
  }
  const refused = answers.filter(Boolean).join('')
  return { kept: [...ids].filter(id => !refused.includes(id)).join(''), refused }
}

/** Runs the same on a disk that fails at one operation after the other, until there is none left to fail. */
async function atEveryOperation(
  options: { code: string; forGood?: boolean },
  check: (mine: string, disk: ReturnType<typeof failingDisk>, store: Store) => Promise<void>,
) {
  for (let at = 1; ; at++) {
    const mine = fresh()
    const disk = failingDisk(at, options.code, options)
    try {
      const store = await openIn(mine, [], { files: disk.files, journalBytes: 300 })
      await check(mine, disk, store)
    } catch (error) {
      if (!/The store in .+ cannot be opened: .+ on purpose/.test(String(error))) throw error
    }
    // Whatever became of the first attempt, the folder is fit for a second.
    await contentOf(mine)
    rmSync(mine, { recursive: true })
    if (disk.operations < at) return assert.ok(at > 50, 'the disk did much')
  }
}

for (const code of ['ENOSPC', 'EIO']) {
  test(`whichever operation fails once with ${code}, what was kept is there, what was refused is not, and it goes on`, () =>
    atEveryOperation({ code }, async (mine, _, store) => {
      const { kept, refused } = await createAll(store)
      const before = await store.list('settings', { order: 'oldest' })
      assert.equal(before.map(({ id }) => id).join(''), kept)
      for (const id of refused) await store.commit([{ table: 'settings', create: settings(id) }])
      await store.close()
      assert.equal(await contentOf(mine), inWords(kept + refused))
    }))

  test(`whichever operation a disk dies at with ${code}, what was kept is there, and a disk that heals is used again`, () =>
    atEveryOperation({ code, forGood: true }, async (mine, disk, store) => {
      const { kept, refused } = await createAll(store)
      assert.equal(await store.count('settings'), kept.length)
      disk.isHealed = true
      for (const id of refused) await store.commit([{ table: 'settings', create: settings(id) }])
      await store.close()
      assert.equal(await contentOf(mine), inWords(kept + refused))
    }))
}

test('a process that ends with its disk dead loses nothing that was kept', () =>
  atEveryOperation({ code: 'EIO', forGood: true }, async (mine, _, store) => {
    const { kept } = await createAll(store)
    await store.close()
    const found = await contentOf(mine)
    assert.ok(found.startsWith(inWords(kept)), `${kept} were kept, found ${found}`)
  }))

test('whenever the power is cut, and whatever of the unsynced is lost, all that was kept is there', async () => {
  const states = new Map<string, { readonly files: Files; kept: string }>()
  let kept = ''
  const files = powerCutDisk(leftovers => {
    for (const files of leftovers) {
      const key = Object.entries(files)
        .map(([name, bytes]) => `${name} ${bytes.toString('latin1')}`)
        .sort()
        .join()
      states.set(key, { files, kept })
    }
  })
  const store = await openIn(fresh(), [], { files, journalBytes: 300 })
  const { refused } = await createAll(store, id => {
    kept += id
  })
  await store.close()
  assert.equal(refused, '')
  assert.ok(states.size > 50)
  for (const { files, kept } of states.values()) {
    const mine = fresh()
    mkdirSync(mine)
    writeFiles(mine, files)
    const found = await contentOf(mine)
    assert.ok(found.startsWith(inWords(kept)), `${kept} were kept, found ${found}`)
    assert.ok(inWords(ids).startsWith(found))
    // What was cut off is cut off for good, and what comes next comes behind it.
    const store = await openIn(mine)
    await store.commit([{ table: 'settings', create: settings('z') }])
    await store.close()
    assert.equal(await contentOf(mine), `${found} z=0`.trim())
    rmSync(mine, { recursive: true })
  }
})

test('on a full disk changes are refused and reading goes on; with room again, so does everything', async t => {
  const mine = fresh()
  mkdirSync(mine)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mine])
  if (mounted.status !== 0)
    return t.skip(`a small file system cannot be mounted here: ${mounted.stderr ?? mounted.error}`)
  t.after(() => spawnSync('umount', ['-l', mine]))
  const logged: string[] = []
  const place = join(mine, 'store')
  const store = await openIn(place, logged, { journalBytes: 20_000 })
  writeFileSync(join(mine, 'ballast'), Buffer.alloc(100_000))
  const kept: string[] = []
  const fill = async () => {
    for (;;) {
      const id = `${kept.length}`
      await store.commit([{ table: 'settings', create: { id, values: { text: 'x'.repeat(500) } } }])
      kept.push(id)
    }
  }
  await assert.rejects(
    fill(),
    /could not keep a change: ENOSPC.+ Nothing of it was made; see that the disk works and has room/,
  )
  const isAllThere = async (store: Store) =>
    assert.deepEqual(
      (await store.list('settings', { order: 'oldest' })).map(({ id }) => id),
      kept,
    )
  await isAllThere(store)
  rmSync(join(mine, 'ballast'))
  const full = kept.length
  await assert.rejects(fill(), /ENOSPC/)
  assert.ok(kept.length > full, 'there was room again')
  await store.close()
  const reopened = await openIn(place)
  await isAllThere(reopened)
  await reopened.close()
})
