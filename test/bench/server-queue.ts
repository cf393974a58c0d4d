import { tmpdir } from 'node:os'
import { createRegistry, execute, openCache, openLanes, plan, type Workflow } from '../../engine/index.js'
import { pack } from '../engine/nodes.js'
import { nativeClient, type RunClient } from './server-client.js'
import type { BenchServer } from './server-process.js'
import { median, percentile, timesOf } from './statistics.js'
import type { BenchTable } from './table.js'

const RUNS = 1000
const AT_ONCE = 32
const REPEATS = 200

const withValue = (value: number): Workflow => ({ version: 1, nodes: { n0: { type: 'KeepIfAny', inputs: { value } } } })

/** What the queue costs: to take a run so that it outlives a crash, to run it, and how much longer it takes than alone. */
export async function queueTable(server: BenchServer): Promise<BenchTable> {
  const client = await nativeClient(server)
  const { accepting, acceptMs, drainMs } = await queueAndDrain(client, server)
  const alone = await bareEngine()
  const throughServer = await oneAfterAnother(client)
  client.close()
  return {
    title: 'Server: the queue',
    note: `Runs of one no-op node. ${RUNS.toLocaleString('en')} are taken, ${AT_ONCE} requests at once, behind a run that holds the lane; each 202 comes after the row is on disk. Then they run. The added latency is the difference of the medians of ${REPEATS} runs one after another, over HTTP and WebSocket and in the engine alone.`,
    head: ['what', 'value'],
    rows: [
      ['runs taken a second, durable', ((1000 * RUNS) / acceptMs).toFixed(0)],
      ['to take one: median, p99, ms', `${median(accepting).toFixed(1)}, ${percentile(accepting, 99).toFixed(1)}`],
      ['waiting runs done a second', ((1000 * RUNS) / drainMs).toFixed(0)],
      ['a run alone in the engine, ms', alone.toFixed(2)],
      ['the same from request to end, ms', throughServer.toFixed(2)],
      ['added latency a run, ms', (throughServer - alone).toFixed(2)],
    ],
  }
}

async function queueAndDrain(client: RunClient, server: BenchServer) {
  const show = { type: 'bench/Show', inputs: { pictures: 600, bytes: 8, every: 1000 } }
  const blocker = await client.start({ version: 1, nodes: { show } })
  const runs: string[] = []
  const started = performance.now()
  const accepting = await timesOf(RUNS, AT_ONCE, async value => runs.push(await client.start(withValue(value))))
  const acceptMs = performance.now() - started
  await server.request('POST', `/api/runs/${blocker}/cancel`)
  await client.ended(blocker)
  const released = performance.now()
  for (const run of runs) await client.ended(run)
  return { accepting, acceptMs, drainMs: performance.now() - released }
}

async function oneAfterAnother(client: RunClient): Promise<number> {
  const times = await timesOf(REPEATS, 1, async value => client.ended(await client.start(withValue(-value - 1))))
  return median(times)
}

async function bareEngine(): Promise<number> {
  const lanes = openLanes({ folder: tmpdir(), artifacts: tmpdir(), modules: [] })
  const registry = createRegistry([pack])
  const cache = openCache({ memoryBytes: 1 << 26 })
  const { signal } = new AbortController()
  const surroundings = { run: 'bench', cache, signal, emit: () => {} }
  const times = await timesOf(REPEATS, 1, value =>
    lanes.use(signal, lanes => execute(plan(withValue(value), registry), { ...surroundings, lanes })),
  )
  await lanes.close()
  return median(times)
}
