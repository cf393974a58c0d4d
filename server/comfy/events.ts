import { isDeepStrictEqual } from 'node:util'
import type { ExecutionEvent } from '../../engine/event.js'
import type { NodeState, RunState } from '../hub.js'
import type { NodeOutput, PromptEnd, PromptRun } from './prompt-run.js'

/** A message of ComfyUI's socket. */
export interface Message {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Turns the events of one run into what ComfyUI's clients are told, in the order that they depend on. */
export interface Teller {
  event(event: ExecutionEvent, state: RunState): void
  /** What a node shows that has finished. */
  executed(node: string, output: NodeOutput): void
  /** What is told between the last event and the end: results that were not told yet, and how it went. */
  end(run: PromptRun, end: PromptEnd): void
  /** What a client is told that comes back in the middle. */
  replay(say: (message: Message) => void): void
}

/** Progress of all nodes goes out at most so often: each message names every node that has begun. */
const PROGRESS_MS = 100

/** Tells one run. */
export function openTeller(id: string, say: (message: Message) => void): Teller {
  let cached: string[] | undefined
  let executing: string | undefined
  let held: (readonly [node: string, output: NodeOutput])[] = []
  const told = new Map<string, NodeOutput>()
  let state: RunState | undefined
  let timer: NodeJS.Timeout | undefined

  const tell = (type: string, data: Record<string, unknown>) => say({ type, data: { ...data, prompt_id: id } })
  /** Once, before the first node runs; what is found in the cache later shows in the progress. */
  const tellCached = (nodes: readonly string[]) => {
    if (cached === undefined) return
    cached = undefined
    tell('execution_cached', { nodes, timestamp: Date.now() })
    for (const [node, output] of held.splice(0)) tellExecuted(node, output)
  }
  /** Once: a second go after a death makes all anew, but what has changed meanwhile is told again. */
  const tellExecuted = (node: string, output: NodeOutput) => {
    if (isDeepStrictEqual(told.get(node), output)) return
    told.set(node, output)
    say(executedMessage(id, node, output))
  }
  const tellProgress = () => {
    clearTimeout(timer)
    timer = undefined
    if (state && state.nodes.size > 0) say(progressState(id, state))
  }
  const soonTellProgress = () => {
    timer ??= setTimeout(tellProgress, PROGRESS_MS)
  }

  return {
    event: (event, now) => {
      state = now
      if (event.type === 'run-started') {
        cached = []
        executing = undefined
        held = []
        tell('execution_start', { timestamp: Date.now() })
      } else if (event.type === 'node-finished' && event.cached && cached) {
        cached.push(event.node)
      } else if (event.type === 'node-started') {
        tellCached(cached ?? [])
        executing = event.node
        tell('executing', { node: event.node, display_node: event.node })
        soonTellProgress()
      } else if (event.type === 'node-progress') {
        const { value, max } = progressOf({ ...event, state: 'running' })
        tell('progress', { value, max, node: event.node })
        soonTellProgress()
      } else if (event.type === 'node-finished' || event.type === 'node-failed') soonTellProgress()
    },
    // What was remembered is told after the list that names it.
    executed: (node, output) => {
      if (cached) held.push([node, output])
      else tellExecuted(node, output)
    },
    end: (run, end) => {
      // Nothing ran: then all that was needed was remembered, and what is above it was not even looked at.
      tellCached(end.cached.length > 0 ? end.cached : (cached ?? []))
      tellProgress()
      for (const [node, output] of Object.entries(end.outputs)) tellExecuted(node, output)
      const [type, data] = lastMessage(run, end, executing)
      say({ type, data })
    },
    replay: say => {
      if (executing === undefined) return
      say({ type: 'executing', data: { node: executing } })
      if (state) say(progressState(id, state))
      for (const [node, output] of told) say(executedMessage(id, node, output))
    },
  }
}

const executedMessage = (run: string, node: string, output: NodeOutput): Message => ({
  type: 'executed',
  data: { node, display_node: node, output, prompt_id: run },
})

const COMFY_STATE = { running: 'running', finished: 'finished', cached: 'finished', failed: 'error' } as const

function progressState(run: string, { nodes }: RunState): Message {
  const entries = [...nodes].map(([node, nodeState]) => [
    node,
    {
      ...progressOf(nodeState),
      state: COMFY_STATE[nodeState.state],
      node_id: node,
      prompt_id: run,
      display_node_id: node,
      parent_node_id: null,
      real_node_id: node,
    },
  ])
  return { type: 'progress_state', data: { prompt_id: run, nodes: Object.fromEntries(entries) } }
}

/** A node that runs once an item has done the items before with all their steps. */
function progressOf({
  state,
  step,
  steps,
  item,
  items,
}: Pick<NodeState, 'state' | 'step' | 'steps' | 'item' | 'items'>) {
  if (state === 'finished' || state === 'cached') return { value: 1, max: 1 }
  const each = Math.max(1, steps)
  return { value: item * each + step, max: each * Math.max(1, items) }
}

/** How a prompt ended, in the words of socket and history. */
export function lastMessage(
  { id, status, endedAt = Date.now(), failure = '' }: PromptRun,
  { stopped, executed, outputs }: PromptEnd,
  executing = '',
): readonly [type: string, data: Readonly<Record<string, unknown>>] {
  const common = { prompt_id: id, timestamp: endedAt }
  if (status === 'finished') return ['execution_success', common]
  const where = { ...common, node_id: stopped?.node ?? executing, node_type: stopped?.type ?? '', executed }
  if (status === 'cancelled') return ['execution_interrupted', where]
  const message = stopped?.message ?? failure
  return [
    'execution_error',
    {
      ...where,
      exception_message: `${message}\n`,
      exception_type: 'Error',
      traceback: [`${message}\n`],
      current_inputs: stopped?.inputs ?? {},
      current_outputs: Object.keys(outputs),
    },
  ]
}
