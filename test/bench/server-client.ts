import type { Workflow } from '../../engine/index.js'
import { isLink } from '../../engine/workflow.js'
import { type BenchServer, openSocket } from './server-process.js'

/** A client that starts runs and hears of their ends. */
export interface RunClient {
  /** Starts a run and answers its id when the server has taken it. */
  start(workflow: Workflow): Promise<string>
  /** Resolves when a run has come to its end. */
  ended(run: string): Promise<void>
  close(): void
}

/** Ends that came, and who waits for one: an end may come before the answer that names its run. */
function endings() {
  const over = new Set<string>()
  const waiting = new Map<string, () => void>()
  return {
    note: (run: string) => {
      over.add(run)
      waiting.get(run)?.()
    },
    of: async (run: string) => {
      if (!over.has(run)) await new Promise<void>(resolve => waiting.set(run, resolve))
      waiting.delete(run)
      over.delete(run)
    },
  }
}

/** A client of our own API. */
export async function nativeClient(server: BenchServer): Promise<RunClient> {
  const ends = endings()
  const ws = await openSocket(`${server.url}/api/socket`, ({ type, run, message }) => {
    if (type === 'run-failed') throw new Error(`The benchmark's run must finish, but it failed: ${message}`)
    if (type === 'run-finished' || type === 'run-cancelled') ends.note(run as string)
  })
  await new Promise(resolve => {
    ws.once('message', resolve)
    ws.send(JSON.stringify({ type: 'subscribe', all: true }))
  })
  return {
    start: async workflow => {
      const answer = await server.request('POST', '/api/runs', { workflow })
      if (answer.status !== 202) throw new Error(`A run must be taken, but: ${answer.status} ${answer.body}`)
      return answer.json<{ id: string }>().id
    },
    ended: ends.of,
    close: () => ws.close(),
  }
}

/** A client of ComfyUI's API. */
export async function comfyClient(server: BenchServer): Promise<RunClient> {
  const ends = endings()
  const client_id = 'bench'
  const ws = await openSocket(`${server.url}/ws?clientId=${client_id}`, ({ type, data }) => {
    const { node, prompt_id } = data as { node?: string | null; prompt_id?: string }
    if (type === 'execution_error') throw new Error(`The benchmark's prompt must succeed, but: ${JSON.stringify(data)}`)
    if (type === 'executing' && node === null && prompt_id) ends.note(prompt_id)
  })
  return {
    start: async workflow => {
      const answer = await server.request('POST', '/prompt', { client_id, prompt: promptOf(workflow) })
      if (answer.status !== 200) throw new Error(`A prompt must be taken, but: ${answer.status} ${answer.body}`)
      return answer.json<{ prompt_id: string }>().prompt_id
    },
    ended: ends.of,
    close: () => ws.close(),
  }
}

/** A workflow of nodes with one output each, as a prompt. */
const promptOf = ({ nodes }: Workflow) =>
  Object.fromEntries(
    Object.entries(nodes).map(([id, { type, inputs = {} }]) => {
      const values = Object.entries(inputs).map(([name, input]) => [name, isLink(input) ? [input.node, 0] : input])
      return [id, { class_type: type, inputs: Object.fromEntries(values) }]
    }),
  )
