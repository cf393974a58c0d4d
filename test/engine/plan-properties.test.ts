import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { plan, type Workflow, type WorkflowNode } from '../../engine/index.js'
import { faults, from, graph, node, registry } from './harness.js'
import { parts, workflowOf } from './random-graph.js'

//  n0 ─┬─► t1 ──► n1 ─┬─► t2 ──► n2 …      every n ──► its own sink k
//      └──────────────┘

test('the order of a plan is topological, complete, and numbered', () => {
  fc.assert(
    fc.property(parts(), all => {
      const workflow = workflowOf(all)
      const { steps } = plan(workflow, registry)
      assert.deepEqual(steps.map(({ id }) => id).sort(), Object.keys(workflow.nodes).sort())
      for (const [place, { index, bindings }] of steps.entries()) {
        assert.equal(index, place)
        for (const { from } of bindings) for (const { step } of from ?? []) assert(step.index < index)
      }
    }),
  )
})

test('keys stay when nodes are renamed and written in another order', () => {
  fc.assert(
    fc.property(parts(), fc.infiniteStream(fc.nat()), (all, random) => {
      const keys = (workflow: Workflow, unname: (id: string) => string) =>
        Object.fromEntries(plan(workflow, registry).steps.map(({ id, key }) => [unname(id), key]))
      const renamed = workflowOf(all, id => `${id}!`)
      const shuffled = Object.entries(renamed.nodes)
        .map(entry => ({ entry, place: random.next().value as number }))
        .sort((a, b) => a.place - b.place)
        .map(({ entry: [id, { type, inputs = {} }] }): [string, WorkflowNode] => [
          id,
          { type, inputs: Object.fromEntries(Object.entries(inputs).reverse()) },
        ])
      assert.deepEqual(
        keys(graph(Object.fromEntries(shuffled)), id => id.slice(0, -1)),
        keys(workflowOf(all), id => id),
      )
    }),
  )
})

/** What can be done to a node 'nN', and the fault that must be found for it. */
const INJURIES: readonly { readonly fault: string; hurt(node: WorkflowNode): WorkflowNode }[] = [
  { fault: 'unknown-input .extra', hurt: node => ({ ...node, inputs: { ...node.inputs, extra: 1 } }) },
  { fault: 'wrong-type .b', hurt: node => ({ ...node, inputs: { ...node.inputs, b: 'x' } }) },
  { fault: 'missing-input .a', hurt: ({ type, inputs = {} }) => ({ type, inputs: { b: inputs.b ?? 1 } }) },
  { fault: 'dangling-link .a', hurt: node => ({ ...node, inputs: { ...node.inputs, a: from('nobody', 'x') } }) },
  { fault: 'type-mismatch .a', hurt: node => ({ ...node, inputs: { ...node.inputs, a: from('picture', 'picture') } }) },
  { fault: 'unknown-output .a', hurt: node => ({ ...node, inputs: { ...node.inputs, a: from('picture', 'no') } }) },
  { fault: 'unknown-node ', hurt: node => ({ ...node, type: 'Nope' }) },
]

test('every injected fault is found, at its node, and nothing else', () => {
  fc.assert(
    fc.property(parts(), fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 8 }), (all, injuries) => {
      const nodes: Record<string, WorkflowNode> = {
        ...workflowOf(all).nodes,
        picture: node('Paint', { bytes: 1 }),
        keepPicture: node('Keep', { value: from('picture', 'picture') }),
      }
      const expected = new Map<string, string>()
      for (const [where, which] of injuries) {
        const id = `n${where % all.length}`
        const injury = INJURIES[which % INJURIES.length] as (typeof INJURIES)[0]
        if (expected.has(id)) continue
        nodes[id] = injury.hurt(nodes[id] as WorkflowNode)
        expected.set(id, injury.fault.replace(' ', ` ${id}`))
      }
      assert.deepEqual(faults(graph(nodes)), [...expected.values()].sort())
    }),
  )
})

test('a link back into what a node feeds is always found to be a cycle', () => {
  fc.assert(
    fc.property(parts(), fc.nat(), (all, where) => {
      const id = `n${where % all.length}`
      const nodes = { ...workflowOf(all).nodes }
      nodes[id] = node('Add', { a: from(id, 'sum') })
      assert.deepEqual(faults(graph(nodes)), [`cycle ${id}`])
    }),
  )
})
