import type { ExecutionEvent } from '../engine/event.js'
import type { Preview } from '../engine/node.js'
import type { PlainOutputs } from '../engine/plain.js'
import type { Run, RunStatus } from './store/store.js'

/** Where one node of a live run is. */
export interface NodeState {
  readonly state: 'running' | 'finished' | 'cached' | 'failed'
  readonly step: number
  readonly steps: number
  readonly item: number
  readonly items: number
  readonly ms: number
  readonly message?: string
  /** Of a target that has finished: what it answered. */
  readonly outputs?: PlainOutputs
}

/** Where a live run is: what a listener that comes late is told first. Nodes that have not begun are absent. */
export interface RunState {
  readonly status: RunStatus
  /** How many steps the plan has; 0 before it starts. */
  readonly total: number
  readonly nodes: ReadonlyMap<string, NodeState>
  /** The newest picture of the work. */
  readonly preview?: { readonly node: string; readonly preview: Preview }
}

/** Hears every event of a run after it is true: a run's end comes when the end is on disk. */
export type Listener = (event: ExecutionEvent, run: Run, state: RunState) => void

/** Carries the events of runs to whoever listens: sockets, doors, metrics. */
export interface Hub {
  publish(run: Run, event: ExecutionEvent): void
  /** Listens to one run, or to all; the answer ends it. A listener must not throw, and must not wait. */
  listen(run: string | 'all', listener: Listener): () => void
  /** Of a live run; nothing of others. */
  state(run: string): RunState | undefined
}

const STATUS: Partial<Record<ExecutionEvent['type'], RunStatus>> = {
  'run-queued': 'queued',
  'run-started': 'running',
  'run-finished': 'finished',
  'run-failed': 'failed',
  'run-cancelled': 'cancelled',
}

interface LiveState extends RunState {
  status: RunStatus
  total: number
  readonly nodes: Map<string, NodeState>
  preview?: { readonly node: string; readonly preview: Preview }
}

const hasEnded = ({ status }: RunState) => status !== 'queued' && status !== 'running'

/** Opens a hub. */
export function openHub(): Hub {
  const live = new Map<string, LiveState>()
  const listeners = new Map<string, Set<Listener>>()
  return {
    publish: (run, event) => {
      const state = live.get(run.id) ?? { status: 'queued', total: 0, nodes: new Map() }
      live.set(run.id, state)
      note(state, event)
      for (const whose of [run.id, 'all'])
        for (const listener of listeners.get(whose) ?? []) listener(event, run, state)
      if (hasEnded(state)) live.delete(run.id)
    },
    listen: (run, listener) => {
      const set = listeners.get(run) ?? new Set()
      listeners.set(run, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0 && listeners.get(run) === set) listeners.delete(run)
      }
    },
    state: run => live.get(run),
  }
}

const BEGUN: NodeState = { state: 'running', step: 0, steps: 0, item: 0, items: 1, ms: 0 }

function note(state: LiveState, event: ExecutionEvent): void {
  state.status = STATUS[event.type] ?? state.status
  switch (event.type) {
    case 'run-queued':
      // Queued anew after its worker died: what was done before counts no more.
      state.nodes.clear()
      delete state.preview
      break
    case 'run-started':
      state.total = event.nodes
      break
    case 'node-started':
      state.nodes.set(event.node, BEGUN)
      break
    case 'node-progress': {
      const { node, step, steps, item, items, preview } = event
      state.nodes.set(node, { ...BEGUN, step, steps, item, items })
      if (preview) state.preview = { node, preview }
      break
    }
    case 'node-finished': {
      const { node, cached, ms, outputs } = event
      const finished = { ...BEGUN, state: cached ? 'cached' : 'finished', ms } as const
      state.nodes.set(node, outputs ? { ...finished, outputs } : finished)
      break
    }
    case 'node-failed':
      state.nodes.set(event.node, { ...BEGUN, state: 'failed', message: event.message })
      break
  }
}
