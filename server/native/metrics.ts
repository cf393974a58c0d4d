import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ExecutionEvent } from '../../engine/event.js'
import type { Services } from '../services.js'

/** Of a node, from a millisecond to what a large model takes on a CPU. */
const NODE_SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300]
const RUN_SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300, 1800]

const ENDS = { 'run-finished': 'finished', 'run-failed': 'failed', 'run-cancelled': 'cancelled' } as const

const endOf = ({ type }: ExecutionEvent) => (type in ENDS ? ENDS[type as keyof typeof ENDS] : undefined)

/** Counts what runs do, in a registry of this server's own. */
export function openMetrics({ hub, runs, supervisor }: Pick<Services, 'hub' | 'runs' | 'supervisor'>): Registry {
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('portrait_runs_waiting', 'Runs that wait.', () => runs.count().waiting)
  gauge('portrait_runs_running', 'Runs that go on.', () => runs.count().running)
  gauge('portrait_worker_up', 'Whether the worker process is there.', () => (supervisor.pid() === undefined ? 0 : 1))
  gauge('portrait_server_memory_bytes', 'Memory of the server process.', () => process.memoryUsage.rss())
  gauge('portrait_server_heap_bytes', "JavaScript's part of it.", () => process.memoryUsage().heapUsed)
  const ended = new Counter({
    name: 'portrait_runs_total',
    help: 'Runs that ended.',
    labelNames: ['status'],
    registers,
  })
  const lasted = new Histogram({
    name: 'portrait_run_seconds',
    help: 'From the start of a run to its end.',
    buckets: RUN_SECONDS,
    registers,
  })
  const nodes = new Histogram({
    name: 'portrait_node_seconds',
    help: 'Nodes that ran.',
    buckets: NODE_SECONDS,
    registers,
  })
  const cached = new Counter({ name: 'portrait_nodes_cached_total', help: 'Nodes that were remembered.', registers })
  const failed = new Counter({ name: 'portrait_nodes_failed_total', help: 'Nodes that failed.', registers })
  hub.listen('all', (event, run) => {
    if (event.type === 'node-finished' && event.cached) cached.inc()
    else if (event.type === 'node-finished') nodes.observe(event.ms / 1000)
    else if (event.type === 'node-failed') failed.inc()
    const status = endOf(event)
    if (status) ended.inc({ status })
    if (status && run.startedAt !== undefined) lasted.observe(((run.endedAt ?? Date.now()) - run.startedAt) / 1000)
  })
  return registry
}
