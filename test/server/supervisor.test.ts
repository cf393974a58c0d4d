import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionEvent, Workflow } from '../../engine/index.js'
import { readConfig } from '../../server/config.js'
import { openSupervisor, WorkerDied } from '../../server/supervisor.js'
import { passingFolder } from './command.js'
import { SLOW_NODES } from './slow-nodes.js'

const never = new AbortController().signal
const workflow = (nodes: Workflow['nodes']): Workflow => ({ version: 1, nodes })
const echo = workflow({ echo: { type: 'Echo', inputs: { value: 7 } } })
const waiting = workflow({ wait: { type: 'Wait', inputs: { steps: 100_000, ms: 1 } } })
const aborting = workflow({ fail: { type: 'Fail', inputs: { abort: true } } })

const supervised = async () => {
  const log: string[] = []
  const config = readConfig({ PORTRAIT_HOME: passingFolder() })
  const setup = { config, devices: ['cpu', 'cpu'], modules: [SLOW_NODES] }
  const supervisor = openSupervisor(setup, message => log.push(message))
  after(() => supervisor.close())
  let runs = 0
  const run = (document: Workflow, { signal = never, emit = (_: ExecutionEvent) => {} } = {}) =>
    supervisor.run(
      {
        id: `run ${++runs}`,
        name: 'test',
        owner: 'anonymous',
        document: JSON.stringify(document),
        json: JSON.stringify(document),
      },
      { signal, emit },
    )
  /** Begins a run that never ends by itself; resolves when it is on its way, to its end in a box. */
  const begun = (document: Workflow, signal = never) =>
    new Promise<{ ended: Promise<unknown> }>(resolve => {
      const ended = run(document, { signal, emit: event => event.type === 'node-progress' && resolve({ ended }) })
      ended.catch(() => {})
    })
  return { supervisor, run, begun, log }
}

test('a run goes to the worker process and comes back with its report, its events before it', async () => {
  const { supervisor, run } = await supervised()
  assert.equal(supervisor.pid(), undefined, 'no process before there is work')
  const events: string[] = []
  const ended = await run(echo, { emit: event => events.push(event.type) })
  assert(ended.report !== undefined)
  assert.deepEqual(ended.results, { echo: { value: 7 } })
  assert.deepEqual(events, ['run-started', 'node-started', 'node-finished', 'run-finished'])
  assert.notEqual(supervisor.pid(), process.pid)
})

test('a killed worker fails the runs that it held, and the next run gets a new one', async () => {
  const { supervisor, run, begun, log } = await supervised()
  const { ended: held } = await begun(waiting)
  const first = supervisor.pid() as number
  process.kill(first, 'SIGKILL')
  await assert.rejects(held, { name: 'WorkerDied', message: /The worker process ended \(SIGKILL\)/ })
  assert.equal((await run(echo)).status, 'finished')
  assert.notEqual(supervisor.pid(), first)
  assert.match(log.join('\n'), /ended \(SIGKILL\) and is started anew/)
})

test('an abort inside a node ends the worker and not this process', async () => {
  const { run } = await supervised()
  await assert.rejects(run(aborting), error => error instanceof WorkerDied && /SIGABRT|code/.test(error.message))
  assert.equal((await run(echo)).status, 'finished')
})

test('a cancelled run ends at its next step, before it has begun as well, and the process lives on', async () => {
  const { supervisor, run } = await supervised()
  assert.equal((await run(echo)).status, 'finished')
  const pid = supervisor.pid()
  const cancellation = new AbortController()
  const ended = await run(waiting, {
    signal: cancellation.signal,
    emit: event => event.type === 'node-progress' && cancellation.abort(),
  })
  assert.equal(ended.status, 'cancelled')
  assert.deepEqual(await run(waiting, { signal: AbortSignal.abort() }), { status: 'cancelled' })
  assert.equal(supervisor.pid(), pid)
})

test('two devices carry two runs at once', async () => {
  const { begun } = await supervised()
  const cancellation = new AbortController()
  const wait = (salt: number) => workflow({ wait: { type: 'Wait', inputs: { steps: 100_000, ms: 1, salt } } })
  // Each is on its way while the other is: neither could end by itself.
  const both = await Promise.all([0, 1].map(salt => begun(wait(salt), cancellation.signal)))
  cancellation.abort()
  await Promise.all(both.map(({ ended }) => ended))
})

test('retiring ends the process once it is idle, and the next run starts another', async () => {
  const { supervisor, run } = await supervised()
  await run(echo)
  const first = supervisor.pid() as number
  supervisor.retire()
  assert.equal((await run(echo)).status, 'finished')
  assert.notEqual(supervisor.pid(), first)
  while (isAlive(first)) await sleep(10)
})

test('the worker is not told the secrets of the server', async () => {
  process.env.PORTRAIT_TOKEN = 'a-canary-that-must-not-sing'
  after(() => delete process.env.PORTRAIT_TOKEN)
  const { supervisor, run } = await supervised()
  await run(echo)
  if (process.platform !== 'linux') return
  const environment = readFileSync(`/proc/${supervisor.pid()}/environ`, 'latin1')
  assert.match(environment, /PATH=/)
  assert.doesNotMatch(environment, /canary/)
})

test('closing cancels what runs and waits until the process is gone', async () => {
  const { supervisor, begun } = await supervised()
  const { ended } = await begun(waiting)
  const pid = supervisor.pid() as number
  await supervisor.close()
  assert.equal(isAlive(pid), false)
  await ended
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
