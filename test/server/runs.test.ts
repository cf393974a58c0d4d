import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRegistry, type ExecutionEvent, openArtifacts, type Workflow } from '../../engine/index.js'
import { ANONYMOUS, type Principal } from '../../server/access/principal.js'
import { readConfig } from '../../server/config.js'
import { openHub } from '../../server/hub.js'
import { openRuns } from '../../server/local-runs.js'
import type { RunOrder } from '../../server/runs.js'
import { openLowdbStore } from '../../server/store/lowdb-store.js'
import type { Run } from '../../server/store/store.js'
import { openSupervisor } from '../../server/supervisor.js'
import { passingFolder } from './command.js'
import { pack, SLOW_NODES } from './slow-nodes.js'

const workflow = (nodes: Workflow['nodes']): Workflow => ({ version: 1, nodes })
const echo = (value = 7) => workflow({ echo: { type: 'Echo', inputs: { value } } })
const wait = (salt = 0) => workflow({ wait: { type: 'Wait', inputs: { steps: 100_000, ms: 2, salt } } })
const aborting = (once = '') => workflow({ fail: { type: 'Fail', inputs: { abort: true, once } } })

const order = (document: Workflow, rest: Partial<RunOrder> = {}): RunOrder => ({
  who: ANONYMOUS,
  name: 'test',
  workflow: document,
  door: 'native',
  ...rest,
})

/** Runs with all that is behind them, what they tell, and a way to wait for them. */
async function served({ home = passingFolder(), queueLimit = 1000 } = {}) {
  const store = await openLowdbStore(join(home, 'store'), { log: () => {} })
  const hub = openHub()
  const artifacts = openArtifacts(join(home, 'artifacts'))
  const registry = createRegistry([pack])
  const config = readConfig({ PORTRAIT_HOME: home })
  const supervisor = openSupervisor({ config, devices: ['cpu'], modules: [SLOW_NODES] }, () => {})
  const runs = await openRuns({ store, hub, registry, artifacts, supervisor, width: 1, queueLimit })
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= runs.close().then(() => store.close())
    return closing
  }
  after(close)
  const told: ExecutionEvent[] = []
  hub.listen('all', event => told.push(event))
  const until = (id: string, isIt: (event: ExecutionEvent) => boolean) =>
    new Promise<void>(resolve => {
      const stop = hub.listen(id, event => {
        if (!isIt(event)) return
        stop()
        resolve()
      })
    })
  const isEnd = ({ type }: ExecutionEvent) => ['run-finished', 'run-failed', 'run-cancelled'].includes(type)
  const ended = async ({ id }: Run): Promise<Run> => {
    if (hub.state(id)) await until(id, isEnd)
    return (await store.get('runs', id)) as Run
  }
  const started = ({ id }: Run) =>
    [...(hub.state(id)?.nodes.values() ?? [])].length > 0
      ? Promise.resolve()
      : until(id, ({ type }) => type === 'node-started')
  const start = (document: Workflow, rest: Partial<RunOrder> = {}) => runs.start(order(document, rest))
  return { store, hub, artifacts, supervisor, runs, home, close, told, ended, started, start }
}

const tellsOf = (told: readonly ExecutionEvent[], { id }: Run) =>
  told.filter(({ run }) => run === id).map(({ type }) => type)

test('an accepted run is kept, runs, and is kept with its report and results', async () => {
  const { store, artifacts, told, ended, start } = await served()
  const run = await start(echo())
  assert.equal((await store.get('runs', run.id))?.status, 'queued')
  const row = await ended(run)
  assert.equal(row.status, 'finished')
  const report = JSON.parse(Buffer.from(await artifacts.read(row.report ?? '')).toString('utf8'))
  assert.deepEqual(report.results, { echo: { value: 7 } })
  assert.deepEqual(tellsOf(told, run), ['run-queued', 'run-started', 'node-started', 'node-finished', 'run-finished'])
  assert(row.startedAt !== undefined && row.endedAt !== undefined && row.createdAt <= row.startedAt)
  assert(row.artifacts?.includes(row.workflow) && row.artifacts.includes(row.report ?? ''))
})

test('the end is on disk and in no list when it is told', async () => {
  const { store, hub, runs, start } = await served()
  const run = await start(echo(1))
  const seen = await new Promise<unknown[]>(resolve => {
    hub.listen(run.id, event => {
      if (event.type !== 'run-finished') return
      const lists = [runs.waiting().length, runs.running().length]
      void store.get('runs', run.id).then(row => resolve([...lists, row?.status]))
    })
  })
  assert.deepEqual(seen, [0, 0, 'finished'])
})

test('a faulty workflow is refused with every fault, and nothing is kept', async () => {
  const { store, start } = await served()
  const faulty = workflow({ a: { type: 'Nope' }, b: { type: 'Echo', inputs: { value: 'x', z: 1 } } })
  await assert.rejects(start(faulty), (error: Error & { issues: { code: string }[] }) => {
    assert.deepEqual(error.issues.map(({ code }) => code).sort(), ['unknown-input', 'wrong-type'])
    return error.name === 'InvalidWorkflow'
  })
  assert.equal(await store.count('runs'), 0)
})

test('a failing node fails the run with its sentence', async () => {
  const { ended, start } = await served()
  const row = await ended(await start(workflow({ fail: { type: 'Fail', inputs: { message: 'No face.' } } })))
  assert.deepEqual([row.status, row.failure], ['failed', 'fail: No face.'])
})

test('a waiting run is cancelled at once, a running one at its next step, and an ended one not at all', async () => {
  const { runs, ended, started, start } = await served()
  const running = await start(wait())
  await started(running)
  const waiting = await start(wait(1))
  assert.deepEqual(
    runs.waiting().map(({ id }) => id),
    [waiting.id],
  )
  assert.equal(await runs.cancel(waiting.id), true)
  assert.equal((await ended(waiting)).status, 'cancelled')
  assert.equal(await runs.cancel(running.id), true)
  assert.equal((await ended(running)).status, 'cancelled')
  assert.equal(await runs.cancel(running.id), false)
  assert.equal((await ended(await start(echo()))).status, 'finished')
})

test('a run whose worker is killed goes once more and finishes', async () => {
  const { runs, told, ended, start, home } = await served()
  const run = await start(aborting(join(home, 'was-here')))
  const row = await ended(run)
  assert.deepEqual([row.status, row.deaths], ['finished', 1])
  assert.equal(tellsOf(told, run).filter(type => type === 'run-queued').length, 2)
  assert.equal(runs.running().length, 0)
})

test('a run that kills two workers fails with a sentence, and the next run works', async () => {
  const { ended, start } = await served()
  const run = await start(aborting())
  const next = await start(echo())
  const row = await ended(run)
  assert.equal(row.status, 'failed')
  assert.match(row.failure ?? '', /The worker process ended \(.+\) while node "fail" ran, twice/)
  assert.equal((await ended(next)).status, 'finished')
})

test('kill -9 of the worker in every phase of a run loses and doubles nothing', async () => {
  const { hub, supervisor, told, ended, start } = await served()
  await ended(await start(echo(99)))
  for (const phase of ['run-queued', 'run-started', 'node-started', 'node-progress'] as const) {
    let killed = false
    const stop = hub.listen('all', event => {
      if (killed || event.type !== phase) return
      killed = true
      process.kill(supervisor.pid() as number, 'SIGKILL')
    })
    const run = await start(workflow({ wait: { type: 'Wait', inputs: { steps: 5, ms: 20, salt: phase.length } } }))
    const row = await ended(run)
    stop()
    assert.equal(killed, true, phase)
    assert.equal(row.status, 'finished', `${phase}: ${row.failure}`)
    assert.equal(tellsOf(told, run).filter(type => type === 'run-finished').length, 1)
  }
})

test('waiting and interrupted runs go on after the next start, each exactly once', async () => {
  const home = passingFolder()
  const first = await served({ home })
  const running = await first.start(wait(5))
  await first.started(running)
  const waiting = [await first.start(echo(1)), await first.start(echo(2)), await first.start(echo(3))]
  await first.close()
  const second = await served({ home })
  const list = [...second.runs.running(), ...second.runs.waiting()].map(({ id }) => id)
  assert.deepEqual(
    list,
    [running, ...waiting].map(({ id }) => id),
  )
  await second.runs.cancel(running.id)
  for (const run of waiting) assert.equal((await second.ended(run)).status, 'finished')
  assert.equal(await second.store.count('runs'), 4)
})

test('a stopping server refuses new runs', async () => {
  const { start, close } = await served()
  const closing = close()
  await assert.rejects(start(echo()), { name: 'Refusal', status: 503 })
  await closing
})

test('large documents do not wait in memory', async () => {
  const { started, start, ended, runs } = await served()
  const running = await start(wait(9))
  await started(running)
  setFlagsFromString('--expose-gc')
  const heap = () => {
    runInNewContext('gc')()
    return process.memoryUsage().heapUsed
  }
  const before = heap()
  const large: Run[] = []
  for (let i = 0; i < 20; i++) large.push(await start({ ...echo(i), layout: 'x'.repeat(2 << 20) }))
  assert(heap() - before < 20 << 20)
  await runs.cancel(running.id)
  for (const run of large) assert.equal((await ended(run)).status, 'finished')
})

test('strangers of one network have a place in the queue apart from those of another', async () => {
  const { runs, started, start } = await served({ queueLimit: 1 })
  const running = await start(wait(9))
  await started(running)
  const from = (address: string) => ({ who: { kind: 'anonymous', from: address } }) as const
  await start(wait(1), from('203.0.113.1'))
  await assert.rejects(start(wait(2), from('203.0.113.1')), { name: 'Refusal', status: 429 })
  const other = await start(wait(3), from('203.0.113.2'))
  assert.equal(other.owner, 'anonymous')
  assert.equal(runs.waiting().length, 2)
})

test('an owner who has too many waiting is refused with 429, others are not, and several come all or none', async () => {
  const { runs, started, start } = await served({ queueLimit: 2 })
  const running = await start(wait(9))
  await started(running)
  await start(wait(1))
  const two = [order(wait(2)), order(wait(3))]
  await assert.rejects(runs.startAll(two), { name: 'Refusal', status: 429 })
  await start(wait(2))
  await assert.rejects(start(wait(3)), { name: 'Refusal', status: 429 })
  const ann: Principal = { kind: 'user', id: 'ann', session: 's' }
  await start(wait(4), { who: ann })
  assert.equal(runs.waiting().length, 3)
})

test('no run begins before what it is to come after', async () => {
  const { told, ended, start } = await served()
  let open = () => {}
  const run = await start(echo(), {
    after: new Promise<void>(resolve => {
      open = resolve
    }),
  })
  await ended(await start(echo(8)))
  assert.deepEqual(tellsOf(told, run), ['run-queued'])
  open()
  assert.equal((await ended(run)).status, 'finished')
})
