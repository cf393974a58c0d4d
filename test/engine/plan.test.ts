import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRegistry, InvalidWorkflow, plan, type Workflow } from '../../engine/index.js'
import { faults, from, graph, issuesOf, node, registry } from './harness.js'
import { Add, pack } from './nodes.js'

const only = (workflow: Workflow, targets?: readonly string[]) => {
  const issues = issuesOf(workflow, targets ? { targets } : {})
  assert.equal(issues.length, 1, JSON.stringify(issues))
  const [{ code, node, input, message }] = issues as [(typeof issues)[0]]
  return { code, node, input, message }
}
const order = (workflow: Workflow, targets?: readonly string[]) =>
  plan(workflow, registry, targets ? { targets } : {}).steps.map(({ id }) => id)

//  a ──► b ──► keep      (each test changes something here)
const line = (b: Record<string, never> | object = {}) =>
  graph({
    a: node('Count', { value: 2 }),
    b: node('Add', { a: from('a', 'value'), ...b }),
    keep: node('Keep', { value: from('b', 'sum') }),
  })

test('plan orders each step after those that it needs, and ends at the sinks', () => {
  const { steps, targets } = plan(line(), registry)
  assert.deepEqual(
    steps.map(({ id, index }) => `${index} ${id}`),
    ['0 a', '1 b', '2 keep'],
  )
  assert.deepEqual(
    targets.map(({ id }) => id),
    ['keep'],
  )
})

test('plan names an unknown node type and the nearest that is known', () => {
  //  a (Cuont) ──► keep
  assert.deepEqual(only(graph({ a: node('Cuont'), keep: node('Keep', { value: from('a', 'value') }) })), {
    code: 'unknown-node',
    node: 'a',
    input: undefined,
    message:
      'Node "a" is of type "Cuont", which is not installed; install the plugin that has it, or choose another. Did you mean "Count"?',
  })
})

test('plan names an input that the node does not have', () => {
  assert.deepEqual(only(line({ bb: 1 })), {
    code: 'unknown-input',
    node: 'b',
    input: 'bb',
    message: 'Node "b" (Add) has no input "bb". Did you mean "b"?',
  })
})

test('plan names an input that lacks its value or its link', () => {
  //  total (nothing linked) ──► keep      negate (nothing linked) ──► keep2
  const workflow = graph({
    total: node('Total'),
    keep: node('Keep', { value: from('total', 'sum') }),
    negate: node('Negate'),
    keep2: node('Keep', { value: from('negate', 'picture') }),
  })
  assert.deepEqual(
    issuesOf(workflow).map(({ code, message }) => [code, message]),
    [
      ['missing-input', 'Input "of" of node "total" (Total) has no value; write or link one.'],
      ['missing-input', 'Input "picture" of node "negate" (Negate) is not linked; link an output of type PICTURE.'],
    ],
  )
})

test('plan refuses a value of the wrong type, out of range, or not among the choices, and never clamps', () => {
  const settings = (inputs: Record<string, string | number | boolean>) => only(graph({ s: node('Settings', inputs) }))
  const message = (inputs: Record<string, string | number | boolean>) => settings(inputs).message
  assert.equal(message({ size: 900 }), 'Input "size" of node "s" (Settings) must be an integer from 0 to 512, got 900.')
  assert.equal(settings({ size: 900 }).code, 'out-of-range')
  assert.equal(message({ size: -1 }).slice(-7), 'got -1.')
  assert.match(message({ size: 1.5 }), /must be an integer from 0 to 512, got 1\.5\./)
  assert.match(message({ size: '3' }), /must be an integer from 0 to 512, got "3"\./)
  assert.equal(settings({ size: '3' }).code, 'wrong-type')
  assert.match(message({ strength: true }), /must be a number from 0 to 1, got true\./)
  assert.match(message({ prompt: 5 }), /must be a text, got 5\./)
  assert.match(message({ on: 'yes' }), /must be true or false, got "yes"\./)
  assert.equal(settings({ mode: 'sofd' }).code, 'not-a-choice')
  assert.match(message({ mode: 'sofd' }), /must be one of soft, hard; got "sofd"\. Did you mean "soft"\?/)
  assert.match(message({ picture: 'x.png' }), /must be linked to an output of type PICTURE, got "x\.png"\./)
})

test('plan takes the ends of a range', () => {
  assert.deepEqual(faults(graph({ s: node('Settings', { size: 512, strength: 0 }) })), [])
})

test('plan names a link to a node or an output that is not there', () => {
  assert.deepEqual(only(line({ a: from('aa', 'value') })), {
    code: 'dangling-link',
    node: 'b',
    input: 'a',
    message: 'Input "a" of node "b" (Add) is linked to node "aa", which the workflow does not have. Did you mean "a"?',
  })
  assert.deepEqual(only(line({ a: from('a', 'valeu') })), {
    code: 'unknown-output',
    node: 'b',
    input: 'a',
    message:
      'Input "a" of node "b" (Add) is linked to "a.valeu", but Count has no output "valeu". Did you mean "value"?',
  })
})

test('plan refuses a link between types that do not fit', () => {
  //  paint ──PICTURE──► add.a ──► keep
  const workflow = graph({
    paint: node('Paint', { bytes: 4 }),
    add: node('Add', { a: from('paint', 'picture') }),
    keep: node('Keep', { value: from('add', 'sum') }),
  })
  assert.deepEqual(only(workflow), {
    code: 'type-mismatch',
    node: 'add',
    input: 'a',
    message: 'Input "a" of node "add" (Add) must be INT, got PICTURE from "paint.picture"; link an output of type INT.',
  })
})

test('plan takes a whole number for a real one, and a text for a choice', () => {
  //  count ──INT──► settings.strength (FLOAT)      report ──TEXT──► settings.mode (CHOICE)
  const workflow = graph({
    count: node('Count', { value: 1 }),
    other: node('Settings'),
    s: node('Settings', { strength: from('count', 'value'), mode: from('other', 'report') }),
  })
  assert.deepEqual(faults(workflow), [])
})

test('plan refuses a list of links for an input that takes one, and values among links', () => {
  //  a ─┐
  //     ├──► keep.value (takes one)
  //  a ─┘
  const a = from('a', 'value')
  const workflow = (value: object[]) => graph({ a: node('Count'), keep: node('Keep', { value: value as never }) })
  assert.match(only(workflow([a, a])).message, /takes one \*, got a list of 2 links; keep one of them\./)
  assert.match(only(workflow([a, 7 as never])).message, /mixes links and written values in one list/)
})

test('plan names the nodes of a cycle in the direction of the data', () => {
  //  ┌────────────────┐
  //  └► a ──► b ──► c ┴──► keep
  const workflow = graph({
    a: node('Add', { a: from('c', 'sum') }),
    b: node('Add', { a: from('a', 'sum') }),
    c: node('Add', { a: from('b', 'sum') }),
    keep: node('Keep', { value: from('c', 'sum') }),
  })
  const { code, message } = only(workflow)
  assert.equal(code, 'cycle')
  assert.equal(message, 'Nodes "a" → "b" → "c" → "a" form a cycle; remove one of these links.')
})

test('plan names every one of several cycles, also one that feeds another', () => {
  //  ┌───────┐     ┌───────┐     ┌───┐
  //  └► a ─► b ───►└► c ─► d     └► e ┴──► keepE
  //                        └──► keepD
  const workflow = graph({
    a: node('Add', { a: from('b', 'sum') }),
    b: node('Add', { a: from('a', 'sum') }),
    c: node('Add', { a: from('b', 'sum'), b: from('d', 'sum') }),
    d: node('Add', { a: from('c', 'sum') }),
    e: node('Add', { a: from('e', 'sum') }),
    keepD: node('Keep', { value: from('d', 'sum') }),
    keepE: node('Keep', { value: from('e', 'sum') }),
  })
  const sentences = issuesOf(workflow).map(({ message }) => message)
  assert.equal(sentences.length, 3)
  for (const nodes of [['a', 'b'], ['c', 'd'], ['e']]) {
    assert(
      sentences.some(sentence => nodes.every(id => sentence.includes(`"${id}"`))),
      `${nodes} is not named`,
    )
  }
})

test('plan keeps the sentence of a huge cycle short', () => {
  //  n0 ──► n1 ──► … ──► n9999 ──► n0
  const nodes = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, n) => [`n${n}`, node('Add', { a: from(`n${(n + 9_999) % 10_000}`, 'sum') })]),
  )
  const { message } = only(graph({ ...nodes, keep: node('Keep', { value: from('n0', 'sum') }) }))
  assert(message.length < 500, message)
  assert.match(message, /… 9981 more …/)
})

test('plan says that nothing keeps a result, and which nodes would', () => {
  assert.match(only(graph({ a: node('Count') })).message, /no node that keeps a result.*add one of: Keep, KeepAll/)
  assert.equal(only(graph({})).code, 'no-sink')
  assert.match(only(graph({ k: node('Keep', { value: 1 }, { mute: true }) })).message, /muted or bypassed.*unmute one/)
})

test('plan reports all faults at once, and blames no node for what is above it', () => {
  //  bad (Nope) ──► b (size: 'x' too) ──► keep      c (range) ──► keep2      lone (unused, wrong)
  const workflow = graph({
    far: node('Count', { value: 'far' }),
    bad: node('Nope', { x: from('far', 'value') }),
    b: node('Add', { a: from('bad', 'what'), b: 'x' }),
    keep: node('Keep', { value: from('b', 'sum') }),
    c: node('Count', { value: 5_000_000, extra: 1 }),
    keep2: node('Keep', { value: from('c', 'value'), value2: from('gone', 'x') }),
    lone: node('Count', { value: 'not needed, so not looked at' }),
  })
  assert.deepEqual(faults(workflow), [
    'out-of-range c.value',
    'unknown-input c.extra',
    'unknown-input keep2.value2',
    'unknown-node bad',
    'wrong-type b.b',
    'wrong-type far.value',
  ])
})

test('InvalidWorkflow carries all sentences in its message', () => {
  assert.throws(
    () => plan(line({ a: 'x', b: 'y' }), registry),
    error => error instanceof InvalidWorkflow && error.message.split('\n').length === 2 && error.issues.length === 2,
  )
})

test('plan takes only what the targets need', () => {
  //  a ──► b ──► keep
  //  c ──► keep2
  const workflow: Workflow = graph({
    ...line().nodes,
    c: node('Count'),
    keep2: node('Keep', { value: from('c', 'value') }),
    lone: node('Count'),
  })
  assert.deepEqual(order(workflow).sort(), ['a', 'b', 'c', 'keep', 'keep2'])
  assert.deepEqual(order(workflow, ['keep2']), ['c', 'keep2'])
  assert.deepEqual(order(workflow, ['b', 'b']), ['a', 'b'])
  assert.deepEqual(
    plan(workflow, registry, { targets: ['b', 'b', 'a'] }).targets.map(({ id }) => id),
    ['b', 'a'],
  )
})

test('plan names a target that the workflow does not have', () => {
  assert.deepEqual(only(line(), ['kep']), {
    code: 'unknown-target',
    node: 'kep',
    input: undefined,
    message: 'The run is to end at node "kep", which the workflow does not have. Did you mean "keep"?',
  })
})

test('plan takes names that every object inherits as the names of nodes, and as no names of ports', () => {
  //  toString ──► valueOf (links "toString.hasOwnProperty") ──► keep
  const workflow = graph({
    toString: node('Count', { value: 1 }),
    valueOf: node('Add', { a: from('toString', 'value') }),
    keep: node('Keep', { value: from('valueOf', 'sum') }),
  })
  assert.deepEqual(order(workflow), ['toString', 'valueOf', 'keep'])
  const wrong = graph({ ...workflow.nodes, keep: node('Keep', { value: from('valueOf', 'hasOwnProperty') }) })
  assert.deepEqual(faults(wrong), ['unknown-output keep.value'])
  const unknown = graph({ ...workflow.nodes, keep: node('Keep', { value: 1, toString: 2 }) })
  assert.deepEqual(faults(unknown), ['unknown-input keep.toString'])
})

test('plan is not stopped by a chain of 100,000 nodes', () => {
  //  n0 ──► n1 ──► … ──► n99999 ──► keep
  const nodes = Object.fromEntries(
    Array.from({ length: 100_000 }, (_, n) => [`n${n}`, node('Add', { a: n ? from(`n${n - 1}`, 'sum') : 0 })]),
  )
  assert.equal(order(graph({ ...nodes, keep: node('Keep', { value: from('n99999', 'sum') }) })).length, 100_001)
})

test('createRegistry refuses two definitions of one type', () => {
  assert.throws(
    () => createRegistry([pack, { name: 'other', nodes: [Add] }]),
    /Node type "Add" of other exists already in test\./,
  )
})
