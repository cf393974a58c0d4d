import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ExecutionEvent, Workflow } from '../../engine/index.js'
import { ANONYMOUS, type Principal } from '../../server/access/principal.js'
import type { RunOrder } from '../../server/runs.js'
import type { Run } from '../../server/store/store.js'
import { passingFolder } from './command.js'
import { startServer, type TestServerOptions } from './serving.js'

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

/** A server, what its runs tell, and a way to wait for it. */
async function served(options: TestServerOptions = {}) {
  const server = await startServer(options)
  const { hub, runs, store } = server.services
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
  return { ...server, told, ended, started, start }
}

const tellsOf = (told: readonly ExecutionEvent[], { id }: Run) =>
  told.filter(({ run }) => run === id).map(({ type }) => type)

test('an accepted run is kept, runs, and is kept with its report and results', async () => {
  const { start, ended, told, services } = await served()
  const run = await start(echo())
  assert.equal((await services.store.get('runs', run.id))?.status, 'queued')
  const row = await ended(run)
  assert.equal(row.status, 'finished')
  const report = JSON.parse(Buffer.from(await services.artifacts.read(row.report ?? '')).toString('utf8'))
  assert.deepEqual(report.results, { echo: { value: 7 } })
  assert.deepEqual(tellsOf(told, run), ['run-queued', 'run-started', 'node-started', 'node-finished', 'run-finished'])
  assert(row.startedAt !== undefined && row.endedAt !== undefined && row.createdAt <= row.startedAt)
  assert(row.artifacts?.includes(row.workflow) && row.artifacts.includes(row.report ?? ''))
})

test('the end is on disk and in no list when it is told', async () => {
  const { start, services } = await served()
  const run = await start(echo(1))
  const seen = await new Promise<unknown[]>(resolve => {
    services.hub.listen(run.id, event => {
      if (event.type !== 'run-finished') return
      const lists = [services.runs.waiting().length, services.runs.running().length]
      void services.store.get('runs', run.id).then(row => resolve([...lists, row?.status]))
    })
  })
  assert.deepEqual(seen, [0, 0, 'finished'])
})

test('a faulty workflow is refused with every fault, and nothing is kept', async () => {
  const { start, services } = await served()
  const faulty = workflow({ a: { type: 'Nope' }, b: { type: 'Echo', inputs: { value: 'x', z: 1 } } })
  await assert.rejects(start(faulty), (error: Error & { issues: { code: string }[] }) => {
    assert.deepEqual(error.issues.map(({ code }) => code).sort(), ['unknown-input', 'wrong-type'])
    return error.name === 'InvalidWorkflow'
  })
  assert.equal(await services.store.count('runs'), 0)
})

test('a failing node fails the run with its sentence', async () => {
  const { start, ended } = await served()
  const row = await ended(await start(workflow({ fail: { type: 'Fail', inputs: { message: 'No face.' } } })))
  assert.deepEqual([row.status, row.failure], ['failed', 'fail: No face.'])
})

test('a waiting run is cancelled at once, a running one at its next step, and an ended one not at all', async () => {
  const { start, ended, started, services } = await served()
  const running = await start(wait())
  await started(running)
  const waiting = await start(wait(1))
  assert.deepEqual(
    services.runs.waiting().map(({ id }) => id),
    [waiting.id],
  )
  assert.equal(await services.runs.cancel(waiting.id), true)
  assert.equal((await ended(waiting)).status, 'cancelled')
  assert.equal(await services.runs.cancel(running.id), true)
  assert.equal((await ended(running)).status, 'cancelled')
  assert.equal(await services.runs.cancel(running.id), false)
  assert.equal((await ended(await start(echo()))).status, 'finished')
})

test('a run whose worker is killed goes once more and finishes', async () => {
  const { start, ended, told, services, home } = await served()
  const run = await start(aborting(join(home, 'was-here')))
  const row = await ended(run)
  assert.deepEqual([row.status, row.deaths], ['finished', 1])
  assert.equal(tellsOf(told, run).filter(type => type === 'run-queued').length, 2)
  assert.equal(services.runs.running().length, 0)
})

test('a run that kills two workers fails with a sentence, and the next run works', async () => {
  const { start, ended } = await served()
  const run = await start(aborting())
  const next = await start(echo())
  const row = await ended(run)
  assert.equal(row.status, 'failed')
  assert.match(row.failure ?? '', /The worker process ended \(.+\) while node "fail" ran, twice/)
  assert.equal((await ended(next)).status, 'finished')
})

test('kill -9 of the worker in every phase of a run loses and doubles nothing', async () => {
  const { start, ended, services, told } = await served()
  await ended(await start(echo(99)))
  for (const phase of ['run-queued', 'run-started', 'node-started', 'node-progress'] as const) {
    let killed = false
    const stop = services.hub.listen('all', event => {
      if (killed || event.type !== phase) return
      killed = true
      process.kill(services.supervisor.pid() as number, 'SIGKILL')
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
  const waiting = await Promise.all([1, 2, 3].map(value => first.start(echo(value))))
  await first.close()
  const second = await served({ home })
  const list = [...second.services.runs.running(), ...second.services.runs.waiting()].map(({ id }) => id)
  assert.deepEqual(
    list,
    [running, ...waiting].map(({ id }) => id),
  )
  await second.services.runs.cancel(running.id)
  for (const run of waiting) assert.equal((await second.ended(run)).status, 'finished')
  assert.equal(await second.services.store.count('runs'), 4)
})

test('a stopping server refuses new runs', async () => {
  const { start, close } = await served()
  const closing = close()
  await assert.rejects(start(echo()), { name: 'Refusal', status: 503 })
  await closing
})

test('an owner who has too many waiting is refused with 429, others are not, and several come all or none', async () => {
  const { start, started, services } = await served({ queueLimit: 2 })
  const running = await start(wait(9))
  await started(running)
  await start(wait(1))
  const two = [order(wait(2)), order(wait(3))]
  await assert.rejects(services.runs.startAll(two), { name: 'Refusal', status: 429 })
  await start(wait(2))
  await assert.rejects(start(wait(3)), { name: 'Refusal', status: 429 })
  const ann: Principal = { kind: 'user', id: 'ann', session: 's' }
  await start(wait(4), { who: ann })
  assert.equal(services.runs.waiting().length, 3)
})

test('no run begins before what it is to come after', async () => {
  const { start, told, ended } = await served()
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

test('a finished run leaves no half-written file, and a second server on its folder is refused', async () => {
  const { home, start, ended } = await served()
  await ended(await start(echo()))
  await assert.rejects(startServer({ home }), /another server|is in use|already/i)
  assert(existsSync(join(home, 'artifacts')))
})
