import type { Workflow } from '../../engine/index.js'
import { chain, withLiteral } from './graphs.js'
import { comfyClient, nativeClient, type RunClient } from './server-client.js'
import type { BenchServer } from './server-process.js'
import { exponent, median } from './statistics.js'
import type { BenchTable } from './table.js'

const SIZES = [1, 20, 50, 100, 200, 400]
const REPEATS = 15
const WARM_UP = 5

/** One way to run a graph that has run before; `salt` is a number that no run had yet. */
interface Mode {
  readonly name: string
  change(workflow: Workflow, size: number, salt: number): Workflow
}

const MODES: readonly Mode[] = [
  { name: 'cold', change: (workflow, _size, salt) => withLiteral(workflow, 'n0', 'value', salt) },
  { name: 'cached', change: workflow => workflow },
  { name: 'middle changed', change: (workflow, size, salt) => withLiteral(workflow, `n${size / 2}`, 'b', salt) },
  { name: 'tail changed', change: (workflow, size, salt) => withLiteral(workflow, `n${size - 2}`, 'b', salt) },
]

/** The rival by its own clock, of field.md: ComfyUI 0.3.64 on a CPU of this kind. */
const RIVAL = [
  ['ComfyUI, cold', 2, 8, 32, 114, 829, 3246],
  ['ComfyUI, cached, its best mode', Number.NaN, 5, 28, 107, 438, 2954],
] as const

/** How long a run takes from the request to the message of its end, over each API, for growing graphs. */
export async function graphTables(server: BenchServer): Promise<BenchTable[]> {
  const tables: BenchTable[] = []
  for (const [api, open] of [
    ['/api/runs and /api/socket', nativeClient],
    ["ComfyUI's /prompt and /ws", comfyClient],
  ] as const) {
    const client = await open(server)
    const times = await measure(client)
    client.close()
    tables.push({
      title: `Server: from the request to the end of the run, ${api}, ms`,
      note: `A chain of no-op nodes; "cold" changes the first node, and with it all. Median of ${REPEATS}, interleaved, each the second of two of its kind; the client is a process of its own, has no other API's socket open and parses every message. The exponent is the slope of a log-log fit from 50 to 400 nodes. ComfyUI's are taken from its own measurement, by the server's clock and without HTTP.`,
      head: ['run', ...SIZES.map(String), 'exponent'],
      rows: [
        ...MODES.map(({ name }) =>
          rowOf(
            name,
            SIZES.map(size => median(times.get(`${name} ${size}`) ?? [])),
          ),
        ),
        ...RIVAL.map(([name, ...ms]) => rowOf(name, ms)),
      ],
    })
  }
  return tables
}

const rowOf = (name: string, ms: readonly number[]): string[] => [
  name,
  ...ms.map(time => (Number.isNaN(time) ? '–' : time.toFixed(time < 100 ? 1 : 0))),
  exponent(SIZES.slice(2), ms.slice(2)).toFixed(2),
]

/** Every mode at every size once in each round, so that a busy moment of the machine hits all alike. */
async function measure(client: RunClient): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>()
  // Another range each time: what one client ran must not be cached for the next.
  let salt = 1 + Math.floor(Math.random() * 500_000)
  const graphs = SIZES.map(size => ({ size, workflow: size === 1 ? single : chain.build(size) }))
  for (let repeat = -WARM_UP; repeat < REPEATS; repeat++) {
    for (const { size, workflow } of graphs) {
      for (const { name, change } of MODES) {
        if (size === 1 && name.endsWith('changed')) continue
        // Twice, and the second counts: what a run of another kind still writes to its disk is not this one's time.
        await timeOf(client, change(workflow, size, salt++))
        const ms = await timeOf(client, change(workflow, size, salt++))
        if (repeat >= 0) times.set(`${name} ${size}`, [...(times.get(`${name} ${size}`) ?? []), ms])
      }
    }
  }
  return times
}

/** The smallest workflow. */
export const single: Workflow = { version: 1, nodes: { n0: { type: 'KeepIfAny', inputs: { value: 0 } } } }

async function timeOf(client: RunClient, workflow: Workflow): Promise<number> {
  const started = performance.now()
  await client.ended(await client.start(workflow))
  return performance.now() - started
}
