import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typesMatch, type WireType } from '../../../../server/comfy/type-match.js'

const table: [received: WireType, wanted: WireType, loose: boolean, strict: boolean][] = [
  ['IMAGE', 'IMAGE', true, true],
  ['IMAGE', 'MASK', false, false],
  ['image', 'IMAGE', false, false],
  ['IMAGE,MASK', 'MASK,IMAGE', true, true],
  ['IMAGE', 'IMAGE,MASK', true, true],
  ['IMAGE,MASK', 'IMAGE', true, false],
  ['IMAGE,MASK', 'MASK,LATENT', true, false],
  [' IMAGE , MASK ', 'MASK', true, false],
  ['IMAGE', ' MASK ,  IMAGE', true, true],
  ['', '', true, true],
  ['', 'IMAGE', false, false],
  ['IMAGE', '', false, false],
  ['IMAGE,', '', false, false],
  ['*', 'IMAGE', true, true],
  ['IMAGE', '*', true, true],
  [['a', 'b'], 'COMBO', true, true],
  ['COMBO', ['a', 'b'], true, true],
  [['a', 'b'], ['a', 'b'], true, true],
  [['a', 'b'], ['a'], false, false],
  [['a', 'b'], 'STRING', false, false],
  [['a', 'b'], '*', true, true],
]

for (const [received, wanted, loose, strict] of table) {
  test(`an output "${received}" ${loose ? 'feeds' : 'does not feed'} an input "${wanted}"${strict === loose ? '' : ', but not strictly'}`, () => {
    assert.equal(typesMatch(received, wanted), loose)
    assert.equal(typesMatch(received, wanted, { strict: true }), strict)
  })
}
