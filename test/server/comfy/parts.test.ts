import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTurn } from '../../../server/comfy/in-turn.js'
import { fileNameOf, pathOf, placeOf, splitAnnotation, subfolderOf } from '../../../server/comfy/place.js'
import { plainPreviewFrame, previewFrame } from '../../../server/comfy/preview-frame.js'
import type { Refusal } from '../../../server/http/refusal.js'
import { gate } from '../../engine/harness.js'

const statusOf = (work: () => unknown) => {
  try {
    return work()
  } catch (error) {
    return (error as Refusal).status
  }
}

test('a name may say which folder it means', () => {
  assert.deepEqual(splitAnnotation('a.png [output]'), { name: 'a.png', folder: 'output' })
  assert.deepEqual(splitAnnotation('a.png[temp]'), { name: 'a.png', folder: 'temp' })
  assert.deepEqual(splitAnnotation('a [b].png'), { name: 'a [b].png' })
})

test('a subfolder stays in its folder', () => {
  assert.equal(subfolderOf('a//b/./c/'), 'a/b/c')
  assert.equal(subfolderOf('a\\b'), 'a/b')
  assert.equal(subfolderOf(''), '')
  for (const text of ['..', 'a/../b', '/a', '\\\\host\\a', 'C:\\a', 'c:/a'])
    assert.equal(
      statusOf(() => subfolderOf(text)),
      403,
      text,
    )
})

test('a file name is what follows the last slash', () => {
  assert.equal(fileNameOf('a/b\\c.png'), 'c.png')
  assert.equal(fileNameOf('u\u0308.png'), 'ü.png', 'one letter, however it was typed')
  for (const text of ['', 'a/', '.', '..', 'a\0b', 'x'.repeat(256)])
    assert.equal(
      statusOf(() => fileNameOf(text)),
      400,
      JSON.stringify(text),
    )
  assert.deepEqual(placeOf('user', 'a/b/c.json'), { folder: 'user', subfolder: 'a/b', name: 'c.json' })
  assert.equal(pathOf({ subfolder: 'a', name: 'b' }), 'a/b')
})

test('frames say what they hold, in big-endian numbers', () => {
  const preview = { mime: 'image/jpeg', bytes: Uint8Array.of(7, 8) } as const
  assert.deepEqual([...plainPreviewFrame(preview)], [0, 0, 0, 1, 0, 0, 0, 1, 7, 8])
  assert.deepEqual([...plainPreviewFrame({ ...preview, mime: 'image/png' })].slice(4, 8), [0, 0, 0, 2])
  const frame = previewFrame({ run: 'r', node: 'n:ü', preview })
  const length = frame.readUInt32BE(4)
  assert.equal(frame.readUInt32BE(0), 4)
  assert.deepEqual(JSON.parse(frame.toString('utf8', 8, 8 + length)), {
    node_id: 'n:ü',
    prompt_id: 'r',
    display_node_id: 'n:ü',
    parent_node_id: null,
    real_node_id: 'n:ü',
    image_type: 'image/jpeg',
  })
  assert.deepEqual([...frame.subarray(8 + length)], [7, 8])
})

test('what has one key goes in turn, what has another does not wait', async () => {
  const take = inTurn()
  const done: string[] = []
  const { opened, open } = gate()
  const ends: Promise<void>[] = []
  const note = (name: string) => () => {
    done.push(name)
    return undefined
  }
  take('a', note('1'))
  take('a', () => {
    const end = opened.then(() => void done.push('2'))
    ends.push(end)
    return end
  })
  take('a', note('3'))
  take('b', note('4'))
  assert.deepEqual(done, ['1', '4'])
  open()
  await Promise.all(ends)
  await new Promise(setImmediate)
  assert.deepEqual(done, ['1', '4', '2', '3'])
  take('a', note('5'))
  assert.equal(done.at(-1), '5', 'at once again when nothing is under way')
})
