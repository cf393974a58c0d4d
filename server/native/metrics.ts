import type { Registry } from 'prom-client'
import type { ExecutionEvent } from '../../engine/event.js'
import type { Services } from '../services.js'
import type { Run } from '../store/store.js'

/** What is counted of this server. */
export interface Metrics {
  /** In the form of Prometheus. */
  tell(): Promise<{ readonly text: string; readonly mime: string }>
}

type Parts = Pick<Services, 'hub' | 'runs' | 'supervisor'>

/** Of a node, from a millisecond to what a large model takes on a CPU. */
const NODE_SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300]
const RUN_SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300, 1800]

const ENDS = { 'run-finished': 'finished', 'run-failed': 'failed', 'run-cancelled': 'cancelled' } as const
const COUNTED = new Set<ExecutionEvent['type']>([
  'node-finished',
  'node-failed',
  'run-finished',
  'run-failed',
  'run-cancelled',
])

/**
 * Counts what runs do, in a registry of this server's own. prom-client is loaded by the first that there is to count: it
 * costs 20 ms and 11 MB, which a server that waits should not pay.
 */
export function openMetrics(parts: Parts): Metrics {
  let loading: ReturnType<typeof load> | undefined
  const loaded = () => (loading ??= load(parts))
  parts.hub.listen('all', (event, run) => {
    if (COUNTED.has(event.type)) void loaded().then(({ count }) => count(event, run))
  })
  return {
    tell: async () => {
      const { registry } = await loaded()
      return { text: await registry.metrics(), mime: registry.contentType }
    },
  }
}

interface Counting {
  readonly registry: Registry
  count(event: ExecutionEvent, run: Run): void
}

async function load({ runs, supervisor }: Parts): Promise<Counting> {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client')
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
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  const histogram = (name: string, help: string, buckets: number[]) => new Histogram({ name, help, buckets, registers })

  gauge('portrait_runs_waiting', 'Runs that wait.', () => runs.waiting().length)
  gauge('portrait_runs_running', 'Runs that go on.', () => runs.running().length)
  gauge('portrait_worker_up', 'Whether the worker process is there.', () => (supervisor.pid() === undefined ? 0 : 1))
  gauge('portrait_server_memory_bytes', 'Memory of the server process.', () => process.memoryUsage.rss())
  gauge('portrait_server_heap_bytes', "JavaScript's part of it.", () => process.memoryUsage().heapUsed)
  const ended = new Counter({
    name: 'portrait_runs_total',
    help: 'Runs that ended.',
    labelNames: ['status'],
    registers,
  })
  const lasted = histogram('portrait_run_seconds', 'From the start of a run to its end.', RUN_SECONDS)
  const nodes = histogram('portrait_node_seconds', 'Nodes that ran.', NODE_SECONDS)
  const cached = counter('portrait_nodes_cached_total', 'Nodes that were remembered.')
  const failed = counter('portrait_nodes_failed_total', 'Nodes that failed.')
  return {
    registry,
    count: (event, { startedAt, endedAt }) => {
      if (event.type === 'node-failed') failed.inc()
      else if (event.type === 'node-finished' && event.cached) cached.inc()
      else if (event.type === 'node-finished') nodes.observe(event.ms / 1000)
      if (!(event.type in ENDS)) return
      ended.inc({ status: ENDS[event.type as keyof typeof ENDS] })
      if (startedAt !== undefined && endedAt !== undefined) lasted.observe((endedAt - startedAt) / 1000)
    },
  }
}
