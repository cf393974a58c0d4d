import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bindParameters, InvalidWorkflow, openParameters, type Parameter } from '../../engine/index.js'
import { from, graph, node, registry } from './harness.js'

//  a ──► b [component/inc] ──► keep
const workflow = (parameters: Record<string, Parameter>) =>
  graph(
    {
      a: node('Count', { value: 2 }),
      b: node('component/inc', { x: from('a', 'value') }),
      keep: node('Keep', { value: from('b', 'y') }),
    },
    {
      parameters,
      components: {
        inc: {
          nodes: { n: node('Add') },
          inputs: { x: [{ node: 'n', input: 'a' }], by: [{ node: 'n', input: 'b' }] },
          outputs: { y: from('n', 'sum') },
        },
      },
    },
  )
const start: Parameter = { targets: [{ node: 'a', input: 'value' }], label: 'Start' }
const by: Parameter = { targets: [{ node: 'b', input: 'by' }] }
const sentences = (work: () => unknown): string[] => {
  try {
    work()
  } catch (error) {
    assert(error instanceof InvalidWorkflow, String(error))
    assert(error.issues.every(({ code }) => code === 'unknown-parameter'))
    return error.issues.map(({ message }) => message)
  }
  return []
}

test('openParameters answers each parameter with its port and what the document holds', () => {
  assert.deepEqual(
    openParameters(workflow({ start, by }), registry).map(({ name, label, value, port: { type, max } }) => [
      name,
      label,
      value,
      type,
      max,
    ]),
    [
      ['start', 'Start', 2, 'INT', 1_000_000],
      ['by', undefined, 1, 'INT', undefined],
    ],
  )
})

test('openParameters names a target that is not there, be its name one that every object inherits', () => {
  for (const target of [
    { node: 'c', input: 'value' },
    { node: 'a', input: 'toString' },
    { node: 'toString', input: 'x' },
    { node: 'b', input: 'valueOf' },
  ]) {
    assert.deepEqual(
      sentences(() => openParameters(workflow({ start: { targets: [target] } }), registry)),
      [
        `Parameter "start" sets input "${target.input}" of node "${target.node}", which the workflow does not have; correct its target.`,
      ],
    )
  }
})

test('openParameters ends on a component that contains itself', () => {
  const inner = { nodes: { n: node('component/r') }, inputs: { x: [{ node: 'n', input: 'x' }] }, outputs: {} }
  const endless = graph(
    { a: node('component/r') },
    { components: { r: inner }, parameters: { x: { targets: [{ node: 'a', input: 'x' }] } } },
  )
  assert.equal(sentences(() => openParameters(endless, registry)).length, 1)
})

test('bindParameters puts a value in all its places and leaves the document as it was', () => {
  const document = workflow({ both: { targets: [...start.targets, ...by.targets] } })
  const before = structuredClone(document)
  const bound = bindParameters(document, { both: 7 })
  assert.equal(bound.nodes.a?.inputs?.value, 7)
  assert.deepEqual(bound.nodes.b?.inputs, { x: from('a', 'value'), by: 7 })
  assert.deepEqual(document, before)
})

test('bindParameters names every parameter that the workflow does not have', () => {
  assert.deepEqual(
    sentences(() => bindParameters(workflow({ start, by }), { strat: 1, toString: 2, by: 3 })),
    [
      'The workflow has no parameter "strat". Did you mean "start"?',
      'The workflow has no parameter "toString". Known: start, by.',
    ],
  )
})
