import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineNode, explain, forecast, plan, recordPlan, type Workflow } from '../../engine/index.js'
import { from, graph, memoryCache, node, registry, registryWith, runIn, states, testLanes } from './harness.js'
import { Count } from './nodes.js'

const lanes = testLanes()

//  a ──► b ──► keep
const line = (value: number, by = 1): Workflow =>
  graph({
    a: node('Count', { value }),
    b: node('Add', { a: from('a', 'value'), b: by }),
    keep: node('Keep', { value: from('b', 'sum') }),
  })

test('forecast tells what a run would do, without running it', async () => {
  const cache = memoryCache()
  const predict = (workflow: Workflow) =>
    Object.fromEntries([...forecast(plan(workflow, registry), cache)].map(([{ id }, state]) => [id, state]))
  assert.deepEqual(predict(line(1)), { a: 'ran', b: 'ran', keep: 'ran' })
  assert.deepEqual(states(await runIn(lanes, line(1), { cache })), { a: 'ran', b: 'ran', keep: 'ran' })
  for (const workflow of [line(1), line(1, 5), line(2)]) {
    const predicted = predict(workflow)
    assert.deepEqual(states(await runIn(lanes, workflow, { cache })), predicted)
  }
  assert.deepEqual(predict(line(1)), { a: 'unneeded', b: 'unneeded', keep: 'cached' })
})

const why = (workflow: Workflow, id: string, previous?: Workflow, nodes = registry) => {
  const step = plan(workflow, nodes).steps.find(step => step.id === id)
  assert(step)
  return explain(step, 'ran', previous && recordPlan(plan(previous, registry)))
}

test('explain says in a sentence why a step ran', () => {
  assert.equal(why(line(1), 'b'), 'ran: this workflow has not run here before')
  assert.equal(why(line(2), 'a', line(1)), 'ran: input "value" changed from 1 to 2')
  assert.equal(why(line(2), 'b', line(1)), 'ran: "a" above it changed')
  assert.equal(why(line(2, 5), 'b', line(1)), 'ran: "a" above it changed; input "b" changed from 1 to 5')
  assert.equal(why(line(1), 'b', line(1)), 'ran: nothing changed, but its result was no longer in the cache')
  const longer = graph({ ...line(1).nodes, toString: node('Keep', { value: from('a', 'value') }) })
  assert.equal(why(longer, 'toString', line(1)), 'ran: it is new in this workflow')
  const retyped = graph({ ...line(1).nodes, b: node('Total', { of: from('a', 'value') }) })
  assert.equal(why(retyped, 'b', line(1)), 'ran: it is now Total instead of Add')
  assert.equal(
    why(line(1), 'a', line(1), registryWith()),
    'ran: nothing changed, but its result was no longer in the cache',
  )
})

test('explain names volatile nodes, and those below them', () => {
  const Clock = defineNode({ ...Count, type: 'Clock', volatile: true })
  const nodes = registryWith(Clock)
  const workflow = graph({ ...line(1).nodes, a: node('Clock') })
  assert.equal(why(workflow, 'a', undefined, nodes), 'ran: it reads what changes on its own')
  assert.equal(why(workflow, 'b', undefined, nodes), 'ran: something above it changes on its own')
})

test('explain says why a step did not run', () => {
  const [step] = plan(line(1), registry).steps
  assert(step)
  assert.match(explain(step, 'cached'), /^reused:/)
  assert.match(explain(step, 'unneeded'), /^not needed:/)
  assert.match(explain(step, 'blocked'), /^did not run: a node above it failed/)
  assert.match(explain(step, 'cancelled'), /^did not finish:/)
})
