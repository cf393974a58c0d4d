import { fileURLToPath } from 'node:url'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { messageOf } from './errors.js'
import type { Lane, LaneOptions } from './lane.js'
import type { TaskMessage, ThreadResult, ThreadSetup } from './lane-message.js'

export interface ThreadLaneOptions extends LaneOptions {
  readonly threads: number
  /** URLs of modules that export a `pack` of nodes; each thread imports them itself. */
  readonly modules: readonly string[]
}

/** A lane of threads that live, with the models they loaded, until it is closed. */
export function threadLane({ threads, ...setup }: ThreadLaneOptions): Lane {
  let pool: Piscina | undefined
  let closed = false
  // Made at first need: a run that is answered from the cache pays for no thread.
  const open = () => {
    if (closed) throw new Error('The lane is closed; start a new one to run more nodes.')
    pool ??= startPool(threads, setup)
    return pool
  }
  return {
    // A closed lane says so to the task that follows, which can tell of it.
    prepare: () => void (closed || open()),
    run: async ({ definition, inputs }, follower) => {
      follower.signal.throwIfAborted()
      const { port1: near, port2: far } = new MessageChannel()
      // Not piscina's `signal`: it ends the thread, and a thread that ends inside ONNX Runtime aborts the process.
      const cancel = () => near.postMessage('cancel')
      follower.signal.addEventListener('abort', cancel)
      const hear = (message: TaskMessage) => {
        if (message.type === 'log') follower.log(message.message)
        else follower.progress(message.step, message.steps, message.preview)
      }
      near.on('message', hear)
      try {
        const task = { type: definition.type, inputs, port: far }
        const result: ThreadResult = await open().run(task, { transferList: [far] })
        if ('error' in result) throw revive(result.error)
        return result
      } finally {
        follower.signal.removeEventListener('abort', cancel)
        // The result may overtake the last messages, for it comes by another port.
        for (let rest = receiveMessageOnPort(near); rest; rest = receiveMessageOnPort(near)) hear(rest.message)
        near.close()
      }
    },
    close: async () => {
      closed = true
      // Without a time limit, for past it piscina would end the threads, wherever they are.
      await pool?.close({ force: false })
    },
  }
}

function startPool(threads: number, setup: ThreadSetup): Piscina {
  const pool = new Piscina({
    filename: fileURLToPath(new URL('./lane-thread.js', import.meta.url)),
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
    closeTimeout: 2 ** 31 - 1,
    // With Atomics a waiting thread sleeps outside its event loop, and would not hear 'cancel'.
    atomics: 'disabled',
    workerData: { ...setup },
  })
  // A thread that ends while it has no task has nobody to tell; unheard, its error would end the process.
  pool.on('error', error => process.emitWarning(`A thread of a lane ended and is replaced: ${messageOf(error)}`))
  return pool
}

function revive({ name, message, stack }: { name: string; message: string; stack?: string }): Error {
  const error = new Error(message)
  error.name = name
  if (stack !== undefined) error.stack = stack
  return error
}
