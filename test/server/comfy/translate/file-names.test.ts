import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkFileName } from '../../../../nodes/output/saved-file.js'
import { parseFileName, parsePrefix } from '../../../../server/comfy/file-names.js'

test('a file name may tell a subfolder and, behind it, a folder', () => {
  assert.deepEqual(parseFileName('a.png'), { folder: 'input', subfolder: '', name: 'a.png' })
  assert.deepEqual(parseFileName('x/y/a.png [output]'), { folder: 'output', subfolder: 'x/y', name: 'a.png' })
  assert.deepEqual(parseFileName('x\\a.png[temp]'), { folder: 'temp', subfolder: 'x', name: 'a.png' })
  assert.deepEqual(parseFileName('a [input].png'), { folder: 'input', subfolder: '', name: 'a [input].png' })
})

for (const name of ['', '/etc/passwd', '../a.png', 'x/../a.png', 'x//a.png', './a.png', 'x/', 'a\0.png', ' [input]']) {
  test(`${JSON.stringify(name)} names no file`, () => assert.equal(parseFileName(name), undefined))
}

test('a prefix is a subfolder and a name', () => {
  assert.deepEqual(parsePrefix('ComfyUI'), { subfolder: '', name: 'ComfyUI' })
  assert.deepEqual(parsePrefix('portraits/anna/face'), { subfolder: 'portraits/anna', name: 'face' })
  assert.deepEqual(parsePrefix('x//./y'), { subfolder: 'x', name: 'y' })
  assert.deepEqual(parsePrefix('%date:yyyy%'), { subfolder: '', name: '%date_yyyy%' })
  assert.deepEqual(parsePrefix('folder/'), { subfolder: 'folder', name: 'ComfyUI' })
})

test('a prefix that leads out of the folder is none', () => {
  for (const prefix of ['../a', 'a/../../b', '/a', '\\a', 'a/..']) assert.equal(parsePrefix(prefix), undefined, prefix)
})

test('the name of any prefix is one that SaveImage takes', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ maxLength: 300 }), fc.constantFrom('con', 'NUL.txt', ' .', `${'a'.repeat(119)}. .`)),
      prefix => {
        const parsed = parsePrefix(prefix)
        if (parsed) checkFileName(parsed.name)
      },
    ),
  )
})
