import { setTimeout as sleep } from 'node:timers/promises'
import { isCancellation, messageOf } from '../engine/errors.js'
import type { ExecutionEvent } from '../engine/event.js'
import { compose, loadPacks } from './compose.js'
import { recent } from './recent.js'
import { type PreparedRun, prepareRun, recordRun, runPrepared } from './runner.js'
import type { RunFollower } from './supervisor.js'
import { gatherEvents } from './worker-events.js'
import type { Ended, FromWorker, ToWorker, WorkerRun, WorkerSetup } from './worker-message.js'

/**
 * The worker process: owns the lanes, the models and the cache. It is apart from the server, so that a crash in native
 * code costs the run that it held and nothing else.
 */
const { config, devices, modules } = JSON.parse(process.argv[2] ?? '') as WorkerSetup
// Without a server nobody hears, and that is no fault.
const send = (message: FromWorker) => void (process.connected && process.send?.(message, () => {}))
const system = compose(config, message => send({ type: 'log', message }), {
  modules,
  packs: await loadPacks(modules),
  devices,
})
const events = gatherEvents(list => send({ type: 'events', events: list }))
/** How long a stopping worker lets a step that is at work come to its end. */
const STEP_GRACE_MS = 2000
/** How long a worker whose server has gone may take to end; one that hangs in native code would stay for ever. */
const ORPHAN_MS = 60_000
let isStopping = false
const prepared = recent<PreparedRun>(100)
const running = new Map<string, { readonly cancellation: AbortController; readonly end: Promise<void> }>()

function run(order: WorkerRun): void {
  const cancellation = new AbortController()
  const emit = (event: ExecutionEvent) => {
    events.add(event)
    if (isStopping && event.type === 'node-finished') cancellation.abort()
  }
  const end = runToEnd(order, { signal: cancellation.signal, emit }).then(ended => {
    running.delete(order.id)
    events.flush()
    send({ type: 'ended', id: order.id, ended })
  })
  running.set(order.id, { cancellation, end })
}

/** Most runs repeat a document of before, whose plan is then there already; its files may have gone meanwhile. */
async function prepare({ document, json, targets }: WorkerRun): Promise<PreparedRun> {
  const key = [document, ...(targets ?? [])].join(' ')
  const known = prepared.get(key)
  if (known?.taken.every(({ artifact }) => system.artifacts.use(artifact))) return known
  const made = await prepareRun(system, { workflow: JSON.parse(json), ...(targets ? { targets } : {}) })
  prepared.set(key, made)
  return made
}

async function runToEnd(order: WorkerRun, follower: RunFollower): Promise<Ended> {
  const { id, name, owner } = order
  try {
    const prepared = await prepare(order)
    const remembered = `${owner} ${name}`
    const report = await runPrepared(system, prepared, { name, run: id, remembered, ...follower })
    const { status, results, failures } = report
    const [artifact] = await Promise.all([
      system.artifacts.put(Buffer.from(JSON.stringify(report)), 'json'),
      recordRun(system, prepared, report, remembered),
    ])
    return { status, results, failures, report: artifact }
  } catch (error) {
    return isCancellation(error) ? { status: 'cancelled' } : { status: 'failed', failure: messageOf(error) }
  }
}

async function stop(): Promise<void> {
  if (isStopping) return
  isStopping = true
  // What a step has made is in the cache when the run goes on after the next start, so it is let end if it can soon.
  await Promise.race([
    Promise.all([...running.values()].map(({ end }) => end)),
    sleep(STEP_GRACE_MS, undefined, { ref: false }),
  ])
  for (const { cancellation } of running.values()) cancellation.abort()
  await Promise.all([...running.values()].map(({ end }) => end))
  await system.close()
  if (process.connected) process.disconnect()
}

process.on('message', (message: ToWorker) => {
  if (message.type === 'run') run(message.run)
  else if (message.type === 'cancel') running.get(message.id)?.cancellation.abort()
  else void stop()
})
// The server has gone: nobody waits for what runs. Ended in order, for a thread inside ONNX Runtime must not be killed.
process.on('disconnect', () => {
  void stop()
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORPHAN_MS).unref()
})
// Ctrl-C in a terminal reaches the whole group; the server decides when its worker ends.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
send({ type: 'ready' })
