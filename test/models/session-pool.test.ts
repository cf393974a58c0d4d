import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionPool } from '../../models/session-pool.js'

/** A pool of pretended models of 10 bytes each, which notes what happens to them. */
function pretend(budgetBytes: number) {
  const events: string[] = []
  const gates = new Map<string, Promise<void>>()
  const sessions = sessionPool({
    budgetBytes,
    load: async model => {
      events.push(`load ${model}`)
      if (model === 'broken') throw new Error('broken')
      return {
        bytes: 10,
        inputs: ['x'],
        outputs: ['y'],
        run: async () => {
          await gates.get(model)
          events.push(`run ${model}`)
          return {}
        },
        release: async () => void events.push(`release ${model}`),
      }
    },
  })
  return { sessions, events, gates }
}

/** A promise and what settles it. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { open, opened }
}

test('two who ask for a model at once share one load', async () => {
  const { sessions, events } = pretend(100)
  await Promise.all([sessions.get('a'), sessions.get('a')])
  await sessions.get('a')
  assert.deepEqual(events, ['load a'])
})

test('a load that fails is tried again', async () => {
  const { sessions, events } = pretend(100)
  await assert.rejects(sessions.get('broken'), /broken/)
  await assert.rejects(sessions.get('broken'), /broken/)
  assert.deepEqual(events, ['load broken', 'load broken'])
})

test('the least recently used model leaves when the bytes pass the budget', async () => {
  const { sessions, events } = pretend(20)
  const a = await sessions.get('a')
  await sessions.get('b')
  await a.run({})
  await sessions.get('c')
  assert.deepEqual(sessions.loaded(), ['a', 'c'])
  assert.deepEqual(events, ['load a', 'load b', 'run a', 'load c', 'release b'])
})

test('a running model stays, and leaves when it ends', async () => {
  const { sessions, events, gates } = pretend(10)
  const { open, opened } = gate()
  gates.set('a', opened)
  const a = await sessions.get('a')
  const running = a.run({})
  await sessions.get('b')
  assert.ok(sessions.loaded().includes('a'))
  assert.ok(!events.includes('release a'))
  open()
  await running
  await sessions.get('c')
  assert.deepEqual(sessions.loaded(), ['c'])
})

test('a session whose model has left loads it again', async () => {
  const { sessions, events } = pretend(10)
  const a = await sessions.get('a')
  await sessions.get('b')
  await a.run({})
  const ofA = events.filter(event => event.endsWith(' a'))
  assert.deepEqual(ofA, ['load a', 'release a', 'load a', 'run a'])
})

test('closing waits for what runs, frees everything, and ends the asking', async () => {
  const { sessions, events, gates } = pretend(100)
  const { open, opened } = gate()
  gates.set('a', opened)
  const a = await sessions.get('a')
  await sessions.get('b')
  const running = a.run({})
  const closing = sessions.close()
  open()
  await closing
  await running
  assert.deepEqual(events.slice(0, 3), ['load a', 'load b', 'run a'])
  assert.deepEqual(events.slice(3).sort(), ['release a', 'release b'])
  assert.deepEqual(sessions.loaded(), [])
  await assert.rejects(sessions.get('a'), /after the sessions were closed/)
})
