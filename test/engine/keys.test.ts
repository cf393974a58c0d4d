import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRegistry, defineNode, type NodePack, plan, type Registry, type Workflow } from '../../engine/index.js'
import { from, graph, node, registry } from './harness.js'
import { Add, Count, Keep } from './nodes.js'

const keyOf = (workflow: Workflow, nodes: Registry = registry) => plan(workflow, nodes).targets[0]?.key
const packOf = (more: Partial<NodePack> = {}, version = 1): Registry =>
  createRegistry([{ name: 'p', nodes: [Count, { ...Add, version }, Keep], ...more }])

//  a ──► b ──► keep
const line = (count: object = {}, add: object = {}, more: Partial<Workflow> = {}) =>
  graph(
    {
      a: node('Count', { value: 2, ...count }),
      b: node('Add', { a: from('a', 'value'), ...add }),
      keep: node('Keep', { value: from('b', 'sum') }),
    },
    more,
  )

test('a key is 64 hex digits and the same in every plan', () => {
  assert.match(keyOf(line()) ?? '', /^[0-9a-f]{64}$/)
  assert.equal(keyOf(line()), keyOf(line()))
})

test('a key does not depend on layout, name, order of inputs, order or ids of nodes', () => {
  const other = graph({
    last: node('Keep', { value: from('middle', 'sum') }),
    middle: node('Add', { b: 1, a: from('first', 'value') }),
    first: node('Count', { value: 2 }),
  })
  assert.equal(keyOf(other), keyOf(line()))
  assert.equal(keyOf(line({}, {}, { layout: { x: 1 }, name: 'other', description: 'other' })), keyOf(line()))
})

test('a written default has the key of an absent one', () => {
  assert.equal(keyOf(line({}, { b: 1 })), keyOf(line()))
  assert.notEqual(keyOf(line({}, { b: 2 })), keyOf(line()))
})

test('a key changes with the literal, what is above, the version, and the plugin that has the node', () => {
  const base = keyOf(line(), packOf())
  const others = [
    keyOf(line({ value: 3 }), packOf()),
    keyOf(line({}, { b: from('a', 'value') }), packOf()),
    keyOf(line(), packOf({}, 2)),
    keyOf(line(), packOf({ version: '1.0.0' })),
    keyOf(line(), packOf({ version: '1.0.1' })),
    keyOf(line(), packOf({ version: '1.0.0', name: 'q' })),
  ]
  assert.equal(new Set([base, ...others]).size, 7)
})

test('a key tells which output is linked, and a list from one value', () => {
  //  a ──one or two──► keep
  const Two = defineNode({ ...Count, type: 'Two', outputs: { one: Count.outputs.value, two: Count.outputs.value } })
  const nodes = createRegistry([{ name: 'p', nodes: [Two as unknown as typeof Count, Keep] }])
  const linked = (output: string) =>
    keyOf(graph({ a: node('Two'), keep: node('Keep', { value: from('a', output) }) }), nodes)
  assert.notEqual(linked('one'), linked('two'))
  const written = (value: string | string[]) => keyOf(graph({ keep: node('Keep', { value }) }))
  assert.equal(new Set([written(['a', 'b']), written('a","b'), written(['a'])]).size, 3)
})

test('a text cannot forge the key of two inputs', () => {
  const written = (prompt: string) => keyOf(graph({ s: node('Settings', { prompt }) }))
  assert.notEqual(written('x\non=[true]'), written('x'))
})
