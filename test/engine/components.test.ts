import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Component, plan, type Workflow } from '../../engine/index.js'
import { faults, from, graph, issuesOf, node, registry } from './harness.js'

const ids = (workflow: Workflow) =>
  plan(workflow, registry)
    .steps.map(({ id }) => id)
    .sort()

//  component twice:  x ──► one ──► two ──► y
const twice: Component = {
  nodes: { one: node('Add', { a: 0 }), two: node('Add', { a: from('one', 'sum') }) },
  inputs: { x: [{ node: 'one', input: 'a' }] },
  outputs: { y: from('two', 'sum') },
}
//  component four:  x ──► [twice] ──► [twice] ──► y
const four: Component = {
  nodes: { first: node('component/twice', { x: 0 }), second: node('component/twice', { x: from('first', 'y') }) },
  inputs: { x: [{ node: 'first', input: 'x' }] },
  outputs: { y: from('second', 'y') },
}

//  a ──► outer [four] ──► keep
const nested = (flags: object = {}, inputs: Workflow['nodes'][string]['inputs'] = { x: from('a', 'value') }) =>
  graph(
    {
      a: node('Count', { value: 3 }),
      outer: node('component/four', inputs, flags),
      keep: node('Keep', { value: from('outer', 'y') }),
    },
    { components: { twice, four } },
  )

test('components expand, nested, with links into and out of them', () => {
  assert.deepEqual(ids(nested()), [
    'a',
    'keep',
    'outer/first/one',
    'outer/first/two',
    'outer/second/one',
    'outer/second/two',
  ])
})

test('a component has the keys of the nodes that it stands for', () => {
  //  a ──► p ──► q ──► r ──► s ──► keep
  const flat = graph({
    a: node('Count', { value: 3 }),
    p: node('Add', { a: from('a', 'value') }),
    q: node('Add', { a: from('p', 'sum') }),
    r: node('Add', { a: from('q', 'sum') }),
    s: node('Add', { a: from('r', 'sum') }),
    keep: node('Keep', { value: from('s', 'sum') }),
  })
  assert.equal(plan(nested(), registry).targets[0]?.key, plan(flat, registry).targets[0]?.key)
})

test('an input that the instance leaves alone keeps what the component holds', () => {
  const step = plan(nested({}, {}), registry).steps.find(({ id }) => id === 'outer/first/one')
  assert.deepEqual(step?.bindings[0]?.values, [0])
})

test('a written value goes into a nested component', () => {
  const step = plan(nested({}, { x: 41 }), registry).steps.find(({ id }) => id === 'outer/first/one')
  assert.deepEqual(step?.bindings[0]?.values, [41])
})

test('a bypassed component hands through by the types of its inner ports', () => {
  assert.deepEqual(ids(nested({ bypass: true })), ['a', 'keep'])
})

test('a muted component takes along what depends on it', () => {
  const workflow = nested({ mute: true })
  assert.deepEqual(ids({ ...workflow, nodes: { ...workflow.nodes, other: node('Keep', { value: 1 }) } }), ['other'])
})

test('plan names an unknown component once, and blames nobody below', () => {
  //  a [component/twise] ──► keep
  const workflow = graph(
    { a: node('component/twise'), keep: node('Keep', { value: from('a', 'y') }) },
    { components: { twice } },
  )
  assert.deepEqual(
    issuesOf(workflow).map(({ code, node, message }) => [code, node, message]),
    [
      [
        'unknown-component',
        'a',
        'Node "a" stands for the component "twise", which this workflow does not have. Did you mean "twice"?',
      ],
    ],
  )
})

test('plan names an unknown input, output and inner target of a component', () => {
  const workflow = nested({}, { z: 1 })
  assert.deepEqual(faults(workflow), ['unknown-input outer.z'])
  const wrongOutput = {
    ...workflow.nodes,
    outer: node('component/four'),
    keep: node('Keep', { value: from('outer', 'q') }),
  }
  assert.deepEqual(faults({ ...workflow, nodes: wrongOutput }), ['unknown-output keep.value'])
  const lost: Component = { ...twice, inputs: { x: [{ node: 'gone', input: 'a' }] } }
  const broken = graph(
    { a: node('component/lost', { x: 1 }), keep: node('Keep', { value: from('a', 'y') }) },
    { components: { lost } },
  )
  assert.match(issuesOf(broken)[0]?.message ?? '', /Input "x" of node "a" \(component\/lost\) leads to node "gone"/)
  assert.deepEqual(faults(broken), ['dangling-link a.x'])
})

test('plan names a fault inside a component by its full id', () => {
  const wrong: Component = { nodes: { n: node('Count', { value: 'x' }) }, outputs: { y: from('n', 'value') } }
  const workflow = graph(
    { a: node('component/wrong'), keep: node('Keep', { value: from('a', 'y') }) },
    { components: { wrong } },
  )
  assert.deepEqual(faults(workflow), ['wrong-type a/n.value'])
})

//  component a:  [b] ──► y      component b:  [a] ──► y
const around = {
  a: { nodes: { n: node('component/b') }, outputs: { y: from('n', 'y') }, inputs: { x: [{ node: 'n', input: 'x' }] } },
  b: { nodes: { n: node('component/a') }, outputs: { y: from('n', 'y') }, inputs: { x: [{ node: 'n', input: 'x' }] } },
}

test('plan names the components that contain themselves, and blames nobody below', () => {
  const workflow = graph(
    { outer: node('component/a'), keep: node('Keep', { value: from('outer', 'y') }) },
    { components: around },
  )
  assert.deepEqual(
    issuesOf(workflow).map(({ code, message }) => [code, message]),
    [['recursion', 'Component "a" contains itself (a → b → a); take it out of its own nodes.']],
  )
})

test('a bypassed component that contains itself has no port to hand through, and ends no stack', () => {
  const workflow = graph(
    { outer: node('component/a', { x: 1 }, { bypass: true }), keep: node('Keep', { value: from('outer', 'y') }) },
    { components: around },
  )
  assert.deepEqual(faults(workflow), ['no-pass-through keep.value'])
})

test('components that multiply beyond all bounds are refused, also when they hold no node at all', () => {
  //  c0 ──► 10 × c1 ──► 100 × c2 ──► … ──► 10^12 × c12
  for (const leaf of [{}, { n: node('Count') }]) {
    const components: Record<string, Component> = { c12: { nodes: leaf, outputs: {} } }
    for (let level = 0; level < 12; level++) {
      const ten = Array.from({ length: 10 }, (_, n) => [`n${n}`, node(`component/c${level + 1}`)])
      components[`c${level}`] = { nodes: Object.fromEntries(ten), outputs: {} }
    }
    const workflow = graph({ bomb: node('component/c0'), keep: node('Keep', { value: 1 }) }, { components })
    assert.deepEqual(
      issuesOf(workflow).map(({ code }) => code),
      ['too-large'],
    )
  }
})

test('one large component that stands many times is refused before it is copied', () => {
  const many = <T>(make: (n: number) => T) =>
    Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`n${n}`, make(n)]))
  const large: Component[] = [
    { nodes: many(() => node('Count')), outputs: {} },
    { nodes: { c: node('Count', { x: Array(3000).fill(1) }) }, outputs: {} },
    { nodes: { c: node('Count') }, outputs: many(() => from('c', 'y')) },
    { nodes: {}, outputs: {}, inputs: many(() => [{ node: 'nowhere', input: 'x' }]) },
  ]
  for (const component of large) {
    const nodes = { ...many(() => node('component/large')), keep: node('Keep', { value: 1 }) }
    const issues = issuesOf(graph(nodes, { components: { large: component } }))
    assert.deepEqual(
      issues.map(({ code }) => code),
      ['too-large'],
    )
  }
})

test('a large value that a component puts in many places is refused before they are planned', () => {
  const inner = Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`n${n}`, node('Count')]))
  const targets = Object.keys(inner).map(node => ({ node, input: 'x' }))
  const components = { many: { nodes: inner, inputs: { x: targets }, outputs: {} } }
  for (const x of [Array(1000).fill(1), 'x'.repeat(1 << 20)]) {
    const workflow = graph({ many: node('component/many', { x }), keep: node('Keep', { value: 1 }) }, { components })
    assert.deepEqual(
      issuesOf(workflow).map(({ code }) => code),
      ['too-large'],
    )
  }
})

test('ports behind many nested components are found without trying all ways', () => {
  //  c0.y0…y9 ──► c1.y0…y9 ──► … : ten to the thirtieth ways, of which one is wanted
  const ports = Array.from({ length: 10 }, (_, n) => `y${n}`)
  const components: Record<string, Component> = {}
  for (let level = 0; level < 30; level++) {
    const inner = level < 29 ? node(`component/c${level + 1}`) : node('Add', { a: 1 })
    const port = (name: string, end: string) => (level < 29 ? name : end)
    components[`c${level}`] = {
      nodes: { n: inner },
      inputs: Object.fromEntries(ports.map(name => [name, [{ node: 'n', input: port(name, 'a') }]])),
      outputs: Object.fromEntries(ports.map(name => [name, from('n', port(name, 'sum'))])),
    }
  }
  const workflow = graph(
    { c: node('component/c0', { y3: 7 }, { bypass: true }), keep: node('Keep', { value: from('c', 'y9') }) },
    { components },
  )
  assert.deepEqual(plan(workflow, registry).steps[0]?.bindings[0]?.values, [7])
})
