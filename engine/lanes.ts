import { availableParallelism } from 'node:os'
import { createRunner } from './context.js'
import type { Lane, LaneOptions, RunLanes } from './lane.js'
import { threadLane } from './thread-lane.js'

export interface LanesOptions extends Omit<LaneOptions, 'device'> {
  /** URLs of modules that export a `pack` of nodes. */
  readonly modules: readonly string[]
  /** One GPU lane each, by ONNX Runtime's name of the execution provider; without a GPU, one CPU lane takes the place. */
  readonly devices?: readonly string[]
  /** How many threads the `cpu` lane has; by default one less than the machine has cores. */
  readonly threads?: number
}

/** All lanes of a process. */
export interface Lanes {
  /**
   * Waits for an idle GPU lane and lends it, with the shared lanes, to one run.
   * @throws AbortError when the signal ends the wait.
   */
  use<T>(signal: AbortSignal, work: (lanes: RunLanes) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Opens the lanes; their threads start when the first node needs them. */
export function openLanes({ modules, devices = ['cpu'], threads, ...folders }: LanesOptions): Lanes {
  const main = mainLane({ ...folders, device: 'cpu' })
  const count = threads ?? Math.max(1, availableParallelism() - 1)
  const cpu = threadLane({ ...folders, modules, device: 'cpu', threads: count })
  const gpus = devices.map(device => threadLane({ ...folders, modules, device, threads: 1 }))
  const idle = [...gpus]
  const waiting: ((lane: Lane) => void)[] = []
  const release = (lane: Lane) => {
    const next = waiting.shift()
    if (next) next(lane)
    else idle.push(lane)
  }
  const claim = (signal: AbortSignal): Promise<Lane> => {
    signal.throwIfAborted()
    const free = idle.shift()
    if (free) return Promise.resolve(free)
    return new Promise((resolve, reject) => {
      const give = (lane: Lane) => {
        signal.removeEventListener('abort', leave)
        resolve(lane)
      }
      const leave = () => {
        waiting.splice(waiting.indexOf(give), 1)
        reject(signal.reason)
      }
      waiting.push(give)
      signal.addEventListener('abort', leave, { once: true })
    })
  }
  return {
    use: async (signal, work) => {
      const gpu = await claim(signal)
      try {
        return await work({ main, cpu, gpu })
      } finally {
        release(gpu)
      }
    },
    close: async () => {
      await Promise.all([main, cpu, ...gpus].map(lane => lane.close()))
    },
  }
}

/** The process's own thread: for nodes that only wait or count, never for those that compute long. */
export function mainLane(options: LaneOptions): Lane {
  return { run: createRunner(options), prepare: () => {}, close: async () => {} }
}
