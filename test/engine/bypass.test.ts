import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineNode, integer, plan, text, type Workflow } from '../../engine/index.js'
import { faults, from, graph, issuesOf, node, registry, registryWith } from './harness.js'

const ids = (workflow: Workflow) =>
  plan(workflow, registry)
    .steps.map(({ id }) => id)
    .sort()

test('a bypassed node hands on its first filled input of the same type', () => {
  //  a ──► (b) ──► c ──► keep      is planned as      a ──► c ──► keep
  const workflow = (flags: object) =>
    graph({
      a: node('Count', { value: 2 }),
      b: node('Add', { a: from('a', 'value'), b: 40 }, flags),
      c: node('Add', { a: from('b', 'sum') }),
      keep: node('Keep', { value: from('c', 'sum') }),
    })
  assert.deepEqual(ids(workflow({ bypass: true })), ['a', 'c', 'keep'])
  const c = plan(workflow({ bypass: true }), registry).steps.find(({ id }) => id === 'c')
  assert.equal(c?.bindings[0]?.from?.[0]?.step.id, 'a')
})

test('what a bypassed node hands on does not depend on the order in the document', () => {
  //  (add: a = 1, b = 2) ──► keep
  const through = (inputs: Record<string, number>) =>
    plan(
      graph({ add: node('Add', inputs, { bypass: true }), keep: node('Keep', { value: from('add', 'sum') }) }),
      registry,
    )
  assert.deepEqual(through({ a: 1, b: 2 }).steps[0]?.bindings[0]?.values, [1])
  assert.deepEqual(through({ b: 2, a: 1 }).steps[0]?.bindings[0]?.values, [1])
  assert.deepEqual(through({ b: 2 }).steps[0]?.bindings[0]?.values, [2])
})

test('a bypassed node without an input of the type is refused where it is used', () => {
  //  (paint) ──► negate ──► keep
  const workflow = graph({
    paint: node('Paint', { bytes: 3 }, { bypass: true }),
    negate: node('Negate', { picture: from('paint', 'picture') }),
    keep: node('Keep', { value: from('negate', 'picture') }),
  })
  assert.deepEqual(
    issuesOf(workflow).map(({ code, node, message }) => [code, node, message]),
    [
      [
        'no-pass-through',
        'negate',
        'Input "picture" of node "negate" (Negate) is linked to "paint.picture", but Paint is bypassed and has no input of that type to hand on; link another node or stop bypassing it.',
      ],
    ],
  )
})

test('bypassed nodes that lead back to themselves are a cycle, not an endless loop', () => {
  //  ┌► (a) ──► (b) ┐──► keep
  //  └──────────────┘
  const workflow = graph({
    a: node('Add', { a: from('b', 'sum') }, { bypass: true }),
    b: node('Add', { a: from('a', 'sum') }, { bypass: true }),
    keep: node('Keep', { value: from('b', 'sum') }),
  })
  assert.deepEqual(faults(workflow), ['cycle keep.value'])
})

test('a muted node takes along what must have its value, and leaves the rest', () => {
  //  [a] ──► b ──► keep
  //   └────► keepIfAny
  //  c ────► keep2
  const workflow = graph({
    a: node('Count', {}, { mute: true }),
    b: node('Add', { a: from('a', 'value') }),
    keep: node('Keep', { value: from('b', 'sum') }),
    keepIfAny: node('KeepIfAny', { value: from('a', 'value') }),
    c: node('Count'),
    keep2: node('Keep', { value: from('c', 'value') }),
  })
  assert.deepEqual(ids(workflow), ['c', 'keep2', 'keepIfAny'])
})

test('a muted input with a default falls back to it', () => {
  //  [a] ──► b.b (default 1)
  const workflow = graph({
    a: node('Count', {}, { mute: true }),
    b: node('Add', { a: 5, b: from('a', 'value') }),
    keep: node('Keep', { value: from('b', 'sum') }),
  })
  assert.deepEqual(
    plan(workflow, registry).steps[0]?.bindings.map(({ values }) => values),
    [[5], [1]],
  )
})

test('a gathered list goes on without its muted members, until none is left', () => {
  //  [a] ─┐
  //       ├──► all
  //   b  ─┘
  const workflow = (flags: object) =>
    graph({
      a: node('Count', { value: 1 }, { mute: true }),
      b: node('Count', { value: 2 }, flags),
      all: node('KeepAll', { values: [from('a', 'value'), from('b', 'value')] }),
      other: node('Keep', { value: 3 }),
    })
  assert.deepEqual(ids(workflow({})), ['all', 'b', 'other'])
  assert.deepEqual(ids(workflow({ mute: true })), ['other'])
})

test('mute spreads through bypassed nodes', () => {
  //  [a] ──► (b) ──► c ──► keep      other
  const workflow = graph({
    a: node('Count', {}, { mute: true }),
    b: node('Add', { a: from('a', 'value') }, { bypass: true }),
    c: node('Add', { a: from('b', 'sum') }),
    keep: node('Keep', { value: from('c', 'sum') }),
    other: node('Keep', { value: 3 }),
  })
  assert.deepEqual(ids(workflow), ['other'])
})

test('mute and bypass over 20,000 nodes cost no more than their number', () => {
  //  [n0] ──► (n1) ──► (n2) ──► … ──► (n19999) ──► keep      n0 ══► 20,000 × keepIfAny
  const row = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, n) => [
      `n${n}`,
      n
        ? node('Add', { a: from(`n${n - 1}`, n === 1 ? 'value' : 'sum') }, { bypass: true })
        : node('Count', {}, { mute: true }),
    ]),
  )
  const fan = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, n) => [`m${n}`, node('Keep', { value: from('n0', 'value') })]),
  )
  const workflow = graph({
    ...row,
    ...fan,
    keep: node('Keep', { value: from('n19999', 'sum') }),
    other: node('Keep', { value: 1 }),
  })
  // Grown as the square, this would take minutes, and the test runner would give up.
  assert.deepEqual(ids(workflow), ['other'])
})

test('a bypassed node prefers an input of the output’s type over an earlier one of another', () => {
  //  count ─► (label: number, name) ──TEXT──► keep
  const Label = defineNode({
    type: 'Label',
    version: 1,
    category: 'test',
    lane: 'main',
    description: 'Writes a number behind a name.',
    inputs: { number: integer(), name: text() },
    outputs: { text: text() },
    run: ({ number, name }) => ({ text: `${name}${number}` }),
  })
  const workflow = graph({
    label: node('Label', { number: 1, name: 'x' }, { bypass: true }),
    keep: node('Keep', { value: from('label', 'text') }),
  })
  assert.deepEqual(plan(workflow, registryWith(Label)).steps[0]?.bindings[0]?.values, ['x'])
})
