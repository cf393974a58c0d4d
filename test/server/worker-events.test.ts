import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionEvent, Preview } from '../../engine/index.js'
import { gatherEvents } from '../../server/worker-events.js'

const progress = (step: number, preview?: Preview): ExecutionEvent => ({
  type: 'node-progress',
  run: 'r',
  node: 'n',
  item: 0,
  items: 1,
  step,
  steps: 9,
  ...(preview ? { preview } : {}),
})
const picture: Preview = { mime: 'image/png', bytes: new Uint8Array(3) }

const gathered = () => {
  const lists: (readonly ExecutionEvent[])[] = []
  return { lists, events: gatherEvents(list => lists.push(list)) }
}

test('events of one turn go as one list, in their order', async () => {
  const { lists, events } = gathered()
  const all: ExecutionEvent[] = ['a', 'b', 'c'].map(node => ({ type: 'node-started', run: 'r', node }))
  for (const event of all) events.add(event)
  assert.deepEqual(lists, [])
  await sleep(5)
  assert.deepEqual(lists, [all])
})

test('of progress that comes faster than it is sent only the newest goes, and none overtakes another event', async () => {
  const { lists, events } = gathered()
  for (let step = 1; step <= 5; step++) events.add(progress(step))
  events.add({ type: 'node-finished', run: 'r', node: 'n', cached: false, ms: 1 })
  events.add(progress(6))
  events.flush()
  assert.deepEqual(
    lists.flat().map(event => (event.type === 'node-progress' ? event.step : event.type)),
    [5, 'node-finished', 6],
  )
})

test('of many pictures in a moment the first goes, and progress goes on without', () => {
  const { lists, events } = gathered()
  for (let step = 1; step <= 9; step++) events.add(progress(step, picture))
  events.flush()
  const sent = lists.flat().flatMap(event => (event.type === 'node-progress' ? [event] : []))
  assert.deepEqual(
    sent.map(({ step, preview }) => [step, preview !== undefined]),
    [
      [1, true],
      [9, false],
    ],
  )
})
