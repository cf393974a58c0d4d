import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Owner } from '../../server/access/principal.js'
import type { Job, Outcome, Queue } from '../../server/queue/queue.js'

type Open = (options: { width: number; work(job: Job): Promise<Outcome> }) => Queue

const ANN: Owner = 'user:ann'
const BOB: Owner = 'user:bob'
const job = (id: string, rest: Partial<Job> = {}): Job => ({ id, owner: ANN, priority: 0, ...rest })

/** What every queue keeps to; `open` opens an empty one. */
export function queueContract(name: string, open: Open): void {
  /** A queue whose jobs end when the test says so. */
  const held = (width = 1) => {
    const begun: string[] = []
    const ends = new Map<string, (outcome: Outcome) => void>()
    const queue = open({
      width,
      work: ({ id }) => {
        begun.push(id)
        return new Promise(resolve => ends.set(id, resolve))
      },
    })
    const end = async (id: string, outcome: Outcome = 'ended') => {
      ends.get(id)?.(outcome)
      await turn()
    }
    const endAll = async () => {
      for (let id = begun.at(-1); id !== undefined && ends.has(id); id = begun.at(-1)) {
        const resolve = ends.get(id)
        ends.delete(id)
        resolve?.('ended')
        await turn()
      }
    }
    return { queue, begun, end, endAll }
  }

  test(`${name}: jobs begin in the order in which they came, as many at once as the width`, async () => {
    const { queue, begun, end } = held(2)
    await queue.add([job('1'), job('2'), job('3')])
    assert.deepEqual(begun, ['1', '2'])
    assert.deepEqual(queue.waiting(), ['3'])
    await end('2')
    assert.deepEqual(begun, ['1', '2', '3'])
  })

  test(`${name}: a lower priority number goes first, also when it came later`, async () => {
    const { queue, begun, endAll } = held()
    await queue.add([job('now')])
    await queue.add([job('late', { priority: 5 }), job('usual'), job('front', { priority: -1 })])
    assert.deepEqual(queue.waiting(), ['front', 'usual', 'late'])
    await endAll()
    assert.deepEqual(begun, ['now', 'front', 'usual', 'late'])
  })

  test(`${name}: a priority below 0 goes before jobs of the same owner, not before those of others`, async () => {
    const { queue, begun, endAll } = held()
    await queue.add([job('now')])
    await queue.add([job('bob', { owner: BOB })])
    await queue.add(['1', '2'].map(id => job(`front ${id}`, { priority: -1e9 })))
    await queue.add([job('usual')])
    await endAll()
    assert.deepEqual(begun, ['now', 'bob', 'front 1', 'front 2', 'usual'])
  })

  test(`${name}: an owner with one job does not wait behind another owner's hundred`, async () => {
    const { queue, begun, endAll } = held()
    await queue.add(Array.from({ length: 100 }, (_, index) => job(`ann ${index}`)))
    await queue.add([job('bob', { owner: BOB })])
    await endAll()
    assert.equal(begun.indexOf('bob'), 1)
    assert.equal(begun.length, 101)
  })

  test(`${name}: two owners take turns`, async () => {
    const { queue, begun, endAll } = held()
    await queue.add(['1', '2', '3'].map(id => job(`a${id}`)))
    await queue.add(['1', '2', '3'].map(id => job(`b${id}`, { owner: BOB })))
    await endAll()
    assert.deepEqual(begun, ['a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
  })

  test(`${name}: jobs of one client go one after another, and others pass them`, async () => {
    const { queue, begun, end } = held(3)
    await queue.add([job('1', { client: 'x' }), job('2', { client: 'x' }), job('3', { client: 'y' }), job('4')])
    assert.deepEqual(begun, ['1', '3', '4'])
    await end('1')
    assert.deepEqual(begun, ['1', '3', '4', '2'])
  })

  test(`${name}: clients of two owners who gave them one name do not wait for each other`, async () => {
    const { queue, begun } = held(2)
    await queue.add([job('ann', { client: 'x' }), job('bob', { client: 'x', owner: BOB })])
    assert.deepEqual(begun, ['ann', 'bob'])
  })

  test(`${name}: a job waits for what it is to come after, and blocks nobody`, async () => {
    const { queue, begun, end } = held()
    let open = () => {}
    const after = new Promise<void>(resolve => {
      open = resolve
    })
    await queue.add([job('later', { after }), job('other')])
    assert.deepEqual(begun, ['other'])
    await end('other')
    assert.deepEqual(begun, ['other'])
    open()
    await turn()
    assert.deepEqual(begun, ['other', 'later'])
  })

  test(`${name}: a job that has to go again goes before all that waits`, async () => {
    const { queue, begun, end, endAll } = held()
    await queue.add([job('1'), job('2'), job('3')])
    await end('1', 'again')
    await endAll()
    assert.deepEqual(begun, ['1', '1', '2', '3'])
  })

  test(`${name}: a removed job never begins, and one that has begun cannot be removed`, async () => {
    const { queue, begun, end } = held()
    await queue.add([job('1'), job('2')])
    assert.equal(await queue.remove('2'), true)
    assert.equal(await queue.remove('2'), false)
    assert.equal(await queue.remove('1'), false)
    await end('1')
    assert.deepEqual(begun, ['1'])
  })

  test(`${name}: closing begins nothing more and waits for what is at work`, async () => {
    const { queue, begun, end } = held()
    await queue.add([job('1'), job('2')])
    let closed = false
    const closing = queue.close().then(() => {
      closed = true
    })
    await turn()
    assert.equal(closed, false)
    await end('1')
    await closing
    assert.deepEqual(begun, ['1'])
    assert.deepEqual(queue.waiting(), ['2'])
  })
}
