import { receiveMessageOnPort } from 'node:worker_threads'
import { move, Piscina } from 'piscina'
import { createRunner } from './context.js'
import type { TaskMessage, ThreadResult, ThreadSetup, ThreadTask } from './lane-message.js'
import type { NodePack } from './node.js'
import { createRegistry } from './registry.js'
import { largeBuffers } from './size.js'

/** The program of a lane's thread: loads the nodes once, then runs one task after the other. */
const setup = Piscina.workerData as ThreadSetup
const load = async (module: string) => ((await import(module)) as { pack: NodePack }).pack
const loading = Promise.all(setup.modules.map(load)).then(createRegistry)
// Each task tells of it. A thread that fails while it starts is given up by piscina, and tasks would wait for it forever.
loading.catch(() => {})
const run = createRunner(setup)

/** Below this, copying is cheaper than tracking who owns the memory. */
const WORTH_MOVING = 1 << 16

/** Runs one task; called by piscina. */
export default async function runTask({ type, inputs, port }: ThreadTask): Promise<ThreadResult> {
  const cancellation = new AbortController()
  const cancel = () => cancellation.abort()
  // Met between awaits by the event, and inside synchronous work by `progress`, which looks into the port itself.
  port.on('message', cancel)
  // Cancelled while it waited for its turn: the message is there, but no event has brought it yet.
  if (receiveMessageOnPort(port)) cancel()
  const tell = (message: TaskMessage) => port.postMessage(message)
  try {
    const definition = (await loading).get(type)
    if (!definition) throw new Error(`Node type "${type}" is not loaded in this lane.`)
    const result = await run(
      { definition, inputs },
      {
        signal: cancellation.signal,
        log: message => tell({ type: 'log', message }),
        progress: (step, steps, preview) => {
          tell({ type: 'progress', step, steps, ...(preview ? { preview } : {}) })
          if (receiveMessageOnPort(port)) cancel()
        },
      },
    )
    return moved(result)
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
    return { error: { name, message, ...(stack === undefined ? {} : { stack }) } }
  } finally {
    port.close()
  }
}

/** Hands large buffers over instead of copying them; a node gives away what it returns. */
function moved(returned: ThreadResult): ThreadResult {
  // Throws for what cannot cross. Piscina would find out where nobody catches it, and the thread would end with its models.
  const result = structuredClone(returned, { transfer: largeBuffers(returned, WORTH_MOVING) })
  const buffers = largeBuffers(result, WORTH_MOVING)
  if (buffers.length === 0) return result
  return move({
    get [Piscina.transferableSymbol]() {
      return buffers
    },
    get [Piscina.valueSymbol]() {
      return result
    },
  } as never) as unknown as ThreadResult
}
