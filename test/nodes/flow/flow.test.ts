import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NumberNode } from '../../../nodes/flow/number.js'
import { SeedNode } from '../../../nodes/flow/seed.js'
import { SwitchNode } from '../../../nodes/flow/switch.js'
import { TextNode } from '../../../nodes/flow/text.js'
import { testContext } from '../context.js'

test('Switch asks for one value only, and passes it on', async () => {
  for (const [on, wanted] of [
    [true, 'whenTrue'],
    [false, 'whenFalse'],
  ] as const) {
    assert.deepEqual(SwitchNode.needs?.({ on }), [wanted])
    const given = { on, whenTrue: undefined, whenFalse: undefined, [wanted]: 'this' }
    assert.deepEqual(await SwitchNode.run(given, testContext()), { value: 'this' })
  }
})

test('Text, Number and Seed pass on what was written', async () => {
  assert.deepEqual(await TextNode.run({ text: 'a\nb' }, testContext()), { text: 'a\nb' })
  assert.deepEqual(await NumberNode.run({ number: -1.5 }, testContext()), { number: -1.5, integer: -1 })
  assert.deepEqual(await NumberNode.run({ number: 2.5 }, testContext()), { number: 2.5, integer: 3 })
  const seed = Number.MAX_SAFE_INTEGER
  assert.deepEqual(await SeedNode.run({ seed }, testContext()), { seed })
  assert.equal(SeedNode.inputs.seed.max, 2 ** 53 - 1)
})
