import assert from 'node:assert/strict'
import { readdirSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { isArtifactName, openArtifacts } from '../../engine/index.js'
import { passingFolder } from './harness.js'

const bytes = Buffer.from('the same bytes')

test('the same bytes get the same name, also from many writers at once', async () => {
  const folder = passingFolder()
  const artifacts = openArtifacts(folder)
  const names = new Set(await Promise.all(Array.from({ length: 20 }, () => artifacts.put(bytes, 'png'))))
  assert.equal(names.size, 1)
  const [name = ''] = names
  assert(isArtifactName(name) && artifacts.has(name))
  assert.deepEqual(Buffer.from(await artifacts.read(name)), bytes)
  assert.deepEqual(readdirSync(join(folder, name.slice(0, 2))), [name], 'and nothing else is left')
})

test('an absent artifact is said to be absent', async () => {
  const artifacts = openArtifacts(passingFolder())
  const name = `${'0'.repeat(64)}.png`
  assert.equal(artifacts.has(name), false)
  await assert.rejects(artifacts.read(name), /is not in this store .*give the file itself again/)
})

test('no path is built from what is not an artifact name', () => {
  const artifacts = openArtifacts(passingFolder())
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '../../etc/passwd',
      `${'0'.repeat(64)}/../x.png`,
      `${'0'.repeat(64)}.png\0`,
      `${'A'.repeat(64)}.png`,
    ),
  )
  fc.assert(
    fc.property(hostile, name => {
      fc.pre(!isArtifactName(name))
      assert.equal(artifacts.has(name), false)
      assert.throws(() => artifacts.path(name), /An artifact is named by 64 hex digits/)
    }),
  )
})

test('an artifact that is used, or put once more, counts as used now', async () => {
  const artifacts = openArtifacts(passingFolder())
  const name = await artifacts.put(bytes, 'png')
  const uses = [() => artifacts.use(name), () => artifacts.put(bytes, 'png')]
  for (const use of uses) {
    utimesSync(artifacts.path(name), 0, 0)
    assert(await use())
    assert(statSync(artifacts.path(name)).mtimeMs > 0)
  }
  assert.equal(artifacts.use(`${'0'.repeat(64)}.png`), false)
})
