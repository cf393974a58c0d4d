import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import {
  type Cache,
  createRegistry,
  execute,
  openCache,
  openLanes,
  parseWorkflow,
  plan,
  type RunLanes,
  type Workflow,
} from '../../engine/index.js'
import { type Picture, pack } from '../engine/nodes.js'
import { chain, fan, type Shape, withLiteral } from './graphs.js'
import { exponent, median, slope } from './statistics.js'
import type { BenchTable } from './table.js'

const SIZES = [20, 200, 1000, 10_000]
const REPEATS = 9
const IMAGE_BYTES = 12_000_000
const registry = createRegistry([pack])

/** Measures the engine alone, with nodes that do nothing: how its own work grows with the graph. */
export async function engineBench(): Promise<BenchTable[]> {
  const folders = { folder: tmpdir(), artifacts: tmpdir() }
  const lanes = openLanes({ ...folders, modules: [new URL('../engine/nodes.js', import.meta.url).href] })
  try {
    return await lanes.use(new AbortController().signal, async lanes => [
      ...(await graphTables(lanes)),
      await wholeRerun(lanes),
      await roundTrip(lanes),
      memory(),
    ])
  } finally {
    await lanes.close()
  }
}

const freshCache = () => openCache({ memoryBytes: 1 << 30 })

async function run(workflow: Workflow, cache: Cache, lanes: RunLanes): Promise<void> {
  const { status } = await execute(plan(workflow, registry), {
    run: 'bench',
    lanes,
    cache,
    signal: new AbortController().signal,
    emit: () => {},
  })
  if (status !== 'finished') throw new Error(`The benchmark's run must finish, but it is ${status}.`)
}

/** One way to run a graph that has run before. */
interface Mode {
  readonly name: string
  prepare(workflow: Workflow, size: number, repeat: number): Workflow
  readonly isCold?: true
}

const MODES: readonly Mode[] = [
  { name: 'cold', prepare: workflow => workflow, isCold: true },
  { name: 'cached', prepare: workflow => workflow },
  { name: 'head changed', prepare: (workflow, _, repeat) => withLiteral(workflow, 'n0', 'value', repeat + 1) },
  {
    name: 'middle changed',
    prepare: (workflow, size, repeat) => withLiteral(workflow, `n${size / 2}`, 'b', -repeat - 1),
  },
  {
    name: 'tail changed',
    prepare: (workflow, size, repeat) => withLiteral(workflow, `n${size - 2}`, 'b', -repeat - 1),
  },
]

async function graphTables(lanes: RunLanes): Promise<BenchTable[]> {
  const tables: BenchTable[] = []
  for (const shape of [chain, fan]) {
    const times = await measureShape(shape, lanes)
    const rows = ['plan alone', ...MODES.map(mode => mode.name)].map(mode => {
      const medians = SIZES.map(size => median(times.get(`${mode} ${size}`) ?? []))
      const perNode = medians.map((ms, index) => ((1000 * ms) / (SIZES[index] as number)).toFixed(1))
      return [
        mode,
        ...perNode,
        `${(medians.at(-1) as number).toFixed(1)}`,
        exponent(SIZES.slice(1), medians.slice(1)).toFixed(2),
      ]
    })
    tables.push({
      title: `Engine: a ${shape.name} of no-op nodes, µs a node`,
      note: `Plan and execute, in one process, cached in memory; median of ${REPEATS}, interleaved. The exponent is the slope of a log-log fit from 200 to 10,000 nodes: 1 is growth in proportion.`,
      head: ['run', ...SIZES.map(size => size.toLocaleString('en')), 'ms for 10,000', 'exponent'],
      rows,
    })
  }
  return tables
}

/** Every mode at every size once in each round, so that a busy moment of the machine hits all alike. */
async function measureShape(shape: Shape, lanes: RunLanes): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>()
  const graphs = SIZES.map(size => ({ size, workflow: shape.build(size), cache: freshCache() }))
  for (const { workflow, cache } of graphs) await run(workflow, cache, lanes)
  for (let repeat = -2; repeat < REPEATS; repeat++) {
    for (const { size, workflow, cache } of graphs) {
      // Small graphs are measured many times over, for one is too short for the clock.
      const rounds = Math.max(1, Math.round(1000 / size))
      const note = async (mode: string, work: (round: number) => unknown) => {
        const started = performance.now()
        for (let round = 0; round < rounds; round++) await work(round)
        const ms = (performance.now() - started) / rounds
        if (repeat >= 0) times.set(`${mode} ${size}`, [...(times.get(`${mode} ${size}`) ?? []), ms])
      }
      await note('plan alone', () => plan(workflow, registry))
      for (const mode of MODES) {
        const prepared = Array.from({ length: rounds }, (_, round) =>
          mode.prepare(workflow, size, (repeat + 2) * rounds + round),
        )
        await note(mode.name, round => run(prepared[round] as Workflow, mode.isCold ? freshCache() : cache, lanes))
      }
    }
  }
  return times
}

async function wholeRerun(lanes: RunLanes): Promise<BenchTable> {
  const rows: string[][] = []
  for (const size of [20, 200, 1000]) {
    const text = JSON.stringify(chain.build(size))
    const cache = freshCache()
    const ms = await medianOf(() => run(parseWorkflow(text), cache, lanes))
    rows.push([size.toLocaleString('en'), ms.toFixed(2)])
  }
  return {
    title: 'Engine: a whole cached re-run inside a live process',
    note: `JSON text → parse and check → plan → execute, nothing to compute; median of ${REPEATS}.`,
    head: ['nodes', 'ms'],
    rows,
  }
}

async function roundTrip(lanes: RunLanes): Promise<BenchTable> {
  const definition = pack.nodes.find(node => node.type === 'Pass')
  if (!definition) throw new Error('The tests have no node "Pass".')
  const follower = { signal: new AbortController().signal, progress: () => {}, log: () => {} }
  const trip = (bytes: number) => {
    const picture: Picture = { pixels: new Uint8Array(bytes).fill(1) }
    return medianOf(() => lanes.gpu.run({ definition, inputs: { picture } }, follower), 30)
  }
  const rows = [
    ['16 bytes', (await trip(16)).toFixed(2)],
    ['12 MB', (await trip(IMAGE_BYTES)).toFixed(2)],
  ]
  return {
    title: 'Engine: to a thread and back, ms',
    note: 'A picture is copied to the thread and moved back; median of 30.',
    head: ['picture', 'ms'],
    rows,
  }
}

function memory(): BenchTable {
  const child = fileURLToPath(new URL('./engine-memory.js', import.meta.url))
  const output = execFileSync(process.execPath, ['--expose-gc', child], { encoding: 'utf8' })
  const samples: { runs: number; heap: number; rss: number }[] = JSON.parse(output)
  const bytes = slope(
    samples.map(({ runs }) => runs),
    samples.map(({ heap }) => heap),
  )
  return {
    title: 'Engine: memory over 1,000 runs',
    note: `20 nodes a run, every run another seed, cache bounded at 1 MB; heap after a full collection. Slope: ${bytes.toFixed(0)} bytes a run.`,
    head: ['runs', 'heap MB', 'RSS MB'],
    rows: samples.map(({ runs, heap, rss }) => [String(runs), (heap / 1e6).toFixed(2), (rss / 1e6).toFixed(0)]),
  }
}

async function medianOf(work: () => Promise<unknown>, repeats = REPEATS): Promise<number> {
  const times: number[] = []
  for (let repeat = -3; repeat < repeats; repeat++) {
    const started = performance.now()
    await work()
    if (repeat >= 0) times.push(performance.now() - started)
  }
  return median(times)
}
