import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ExecutionEvent } from '../engine/event.js'
import type { Ended, FromWorker, ToWorker, WorkerRun, WorkerSetup } from './worker-message.js'

/** Thrown by `run` when the worker process ended under it. */
export class WorkerDied extends Error {
  override readonly name = 'WorkerDied'
}

/** Keeps a worker process: starts it when the first run comes, and anew whenever it has died. */
export interface Supervisor {
  /** Runs in the worker process; the signal ends the run at its next step. @throws WorkerDied */
  run(run: WorkerRun, follower: RunFollower): Promise<Ended>
  /** Starts the process ahead of the first run. */
  warm(): void
  /** Of the worker process, if there is one. */
  pid(): number | undefined
  /** Ends the process as soon as it has nothing to do, and with it the models and results that it holds in memory. */
  retire(): void
  /** Cancels what runs and ends the process. */
  close(): Promise<void>
}

/** Who follows a run: its cancellation, and where its events go. */
export interface RunFollower {
  readonly signal: AbortSignal
  emit(event: ExecutionEvent): void
}

interface Held {
  readonly emit: (event: ExecutionEvent) => void
  readonly end: (ended: Ended) => void
  readonly fail: (error: WorkerDied) => void
}

interface Worker {
  readonly process: ChildProcess
  readonly ready: Promise<void>
  readonly held: Map<string, Held>
}

const PROGRAM = fileURLToPath(new URL('./worker.js', import.meta.url))
/** After a death the next start waits this long, doubled with each death that no finished run came between. */
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 10_000
/** What only the server may know. */
const SECRETS = /^PORTRAIT_(TOKEN|SECRET)$/

/** @param log hears what the worker says and how it ends. */
export function openSupervisor(setup: WorkerSetup, log: (message: string) => void): Supervisor {
  let worker: Promise<Worker> | undefined
  let current: Worker | undefined
  let deaths = 0
  let retiring = false
  const closing = new AbortController()

  const start = async (): Promise<Worker> => {
    const wait = deaths > 0 ? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (deaths - 1)) : 0
    if (wait > 0) await sleep(wait, undefined, { signal: closing.signal }).catch(() => {})
    if (closing.signal.aborted) throw new WorkerDied('The server is stopping.')
    const started = startWorker(setup, log, () => {
      deaths = 0
    })
    current = started
    started.process.once('exit', (code, signal) => {
      if (current === started) current = worker = undefined
      if (retiring || closing.signal.aborted) return
      deaths++
      log(`The worker process ended (${signal ?? `code ${code}`}) and is started anew.`)
    })
    await started.ready
    return started
  }
  const get = (): Promise<Worker> => {
    worker ??= start().catch(error => {
      worker = undefined
      throw error
    })
    return worker
  }
  const stop = async (leaving: Worker) => {
    const exit = hasEnded(leaving.process) ? undefined : once(leaving.process, 'exit')
    leaving.process.send({ type: 'stop' } satisfies ToWorker, () => {})
    await exit
  }
  const retireIfIdle = () => {
    if (!retiring || !current || current.held.size > 0) return
    const leaving = current
    current = worker = undefined
    void stop(leaving).finally(() => {
      retiring = false
    })
  }

  return {
    run: async (run, { signal, emit }) => {
      const { process, held } = await get()
      if (signal.aborted) return { status: 'cancelled' }
      const tell = (message: ToWorker, failed: (error: Error) => void = () => {}) =>
        process.send(message, error => error && failed(error))
      const cancel = () => void tell({ type: 'cancel', id: run.id })
      signal.addEventListener('abort', cancel)
      try {
        return await new Promise<Ended>((end, fail) => {
          held.set(run.id, { emit, end, fail })
          // A process that died in this moment has no 'exit' to come that would tell of this run.
          tell({ type: 'run', run }, error => fail(new WorkerDied(error.message)))
        })
      } finally {
        signal.removeEventListener('abort', cancel)
        held.delete(run.id)
        retireIfIdle()
      }
    },
    warm: () => void get().catch(() => {}),
    pid: () => current?.process.pid,
    retire: () => {
      retiring = current !== undefined
      retireIfIdle()
    },
    close: async () => {
      closing.abort()
      if (current) await stop(current)
    },
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

function startWorker(setup: WorkerSetup, log: (message: string) => void, survived: () => void): Worker {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !SECRETS.test(name)))
  // 'advanced', so that pictures cross as bytes.
  const child = fork(PROGRAM, [JSON.stringify(setup)], { serialization: 'advanced', env })
  const held: Worker['held'] = new Map()
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (message: FromWorker) => {
      if (message.type === 'ready') resolve()
      else if (message.type === 'events') for (const event of message.events) held.get(event.run)?.emit(event)
      else if (message.type === 'log') log(message.message)
      else {
        survived()
        held.get(message.id)?.end(message.ended)
      }
    })
    child.once('error', error => reject(new WorkerDied(`The worker process could not be started: ${error.message}.`)))
    child.once('exit', (code, signal) => {
      const error = new WorkerDied(`The worker process ended (${signal ?? `code ${code}`})`)
      reject(error)
      for (const { fail } of held.values()) fail(error)
    })
  })
  // Whoever waits hears it; that nobody does is no fault.
  ready.catch(() => {})
  return { process: child, ready, held }
}
