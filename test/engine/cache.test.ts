import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Entry, openCache } from '../../engine/index.js'
import { passingFolder } from './harness.js'

const key = (letter: string) => letter.repeat(64)
const entry = (bytes: number, fill = 7): Entry => ({
  outputs: { picture: [{ pixels: new Uint8Array(bytes).fill(fill) }] },
  warnings: ['said'],
})
const onDisk = (folder: string, bytes = 1 << 20) => ({ memoryBytes: 1 << 20, disk: { folder, bytes, minimumMs: 0 } })

test('memory holds the most recently used entries up to its bytes', () => {
  const cache = openCache({ memoryBytes: 3500 })
  cache.set(key('a'), entry(1000), 1)
  cache.set(key('b'), entry(1000), 1)
  cache.get(key('a'))
  cache.set(key('c'), entry(1000), 1)
  assert(cache.get(key('a')) && cache.get(key('c')))
  assert.equal(cache.get(key('b')), undefined)
  cache.set(key('d'), entry(100_000), 1)
  assert.equal(cache.get(key('d')), undefined, 'what is larger than all memory is not kept')
})

test('the disk answers a later process with the same bytes', async () => {
  const folder = passingFolder()
  const cache = openCache(onDisk(folder))
  cache.set(key('a'), entry(5000), 100)
  await cache.flush()
  const later = openCache(onDisk(folder))
  assert.equal(later.get(key('a')), undefined)
  assert(later.onDisk(key('a')))
  assert.deepEqual(await later.load(key('a')), entry(5000))
})

test('what is cheaper to make than to read is not written', async () => {
  const folder = passingFolder()
  const cache = openCache({ memoryBytes: 1 << 20, disk: { folder, bytes: 1 << 20, minimumMs: 5 } })
  cache.set(key('a'), entry(10), 1)
  await cache.flush()
  assert.equal(cache.onDisk(key('a')), false)
})

test('the disk is bounded in bytes, the least recently used going first', async () => {
  const folder = passingFolder()
  const cache = openCache(onDisk(folder, 10_000))
  for (const letter of 'abcdef') cache.set(key(letter), entry(3000), 100)
  await cache.flush()
  assert.equal(cache.onDisk(key('a')), false)
  assert(cache.onDisk(key('f')))
  assert(readdirSync(folder).length <= 3)
})

for (const [what, damage] of [
  [
    'a flipped byte',
    (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === bytes.length - 9 ? byte ^ 1 : byte))),
  ],
  ['a cut', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ['nothing', () => Buffer.alloc(0)],
  ['another form', (bytes: Buffer) => Buffer.concat([Buffer.from('portrait-cache-0'), bytes.subarray(16)])],
] as const) {
  test(`an entry damaged by ${what} is dropped and counts as absent`, async () => {
    const folder = passingFolder()
    const cache = openCache(onDisk(folder))
    cache.set(key('a'), entry(5000), 100)
    await cache.flush()
    const file = join(folder, readdirSync(folder).find(name => name.startsWith('a')) ?? '')
    writeFileSync(file, damage(readFileSync(file)))
    const said: string[] = []
    const later = openCache({ ...onDisk(folder), log: message => said.push(message) })
    assert.equal(await later.load(key('a')), undefined)
    assert.equal(later.onDisk(key('a')), false)
    assert.deepEqual(readdirSync(folder), [])
    assert.equal(said.length, 1)
  })
}

test('a full disk costs the entry, never the run', async t => {
  const folder = passingFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return t.skip('mounting a small file system is not permitted here')
  }
  try {
    const said: string[] = []
    const cache = openCache({ ...onDisk(folder), log: message => said.push(message) })
    cache.set(key('a'), entry(500_000), 100)
    await cache.flush()
    assert.equal(cache.onDisk(key('a')), false)
    assert.match(said[0] ?? '', /ENOSPC|no space/i)
    assert.deepEqual(readdirSync(folder), [], 'nothing half-written is left')
    assert(cache.get(key('a')), 'memory has it all the same')
  } finally {
    execFileSync('umount', [folder])
  }
})
