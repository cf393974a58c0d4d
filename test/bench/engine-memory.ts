import { tmpdir } from 'node:os'
import { createRegistry, execute, openCache, openLanes, plan } from '../../engine/index.js'
import { pack } from '../engine/nodes.js'
import { chain, withLiteral } from './graphs.js'

/** A program of its own, started with --expose-gc: prints the heap after every hundredth of 1,000 runs as JSON. */
const registry = createRegistry([pack])
const cache = openCache({ memoryBytes: 1_000_000 })
const lanes = openLanes({ modules: [], folder: tmpdir(), artifacts: tmpdir() })
const workflow = chain.build(20)
const { signal } = new AbortController()
const samples: { runs: number; heap: number; rss: number }[] = []

for (let runs = 1; runs <= 1000; runs++) {
  const seeded = plan(withLiteral(workflow, 'n0', 'value', runs), registry)
  await lanes.use(signal, lanes => execute(seeded, { run: String(runs), lanes, cache, signal, emit: () => {} }))
  if (runs % 100 > 0) continue
  globalThis.gc?.()
  const { heapUsed: heap, rss } = process.memoryUsage()
  samples.push({ runs, heap, rss })
}
await lanes.close()
process.stdout.write(JSON.stringify(samples))
