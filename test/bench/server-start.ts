import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { chain, withLiteral } from './graphs.js'
import { nativeClient } from './server-client.js'
import { benchHome, removeHome, startProcess } from './server-process.js'
import { median, slope } from './statistics.js'
import type { BenchTable } from './table.js'

const REPEATS = 9
const RUNS = 1000

/** The least that a server of this language can be. */
const BARE = `
  const { createServer } = require('node:http')
  const server = createServer((_, response) => response.end('{}'))
  server.listen(0, '127.0.0.1', () => console.log('Open http://127.0.0.1:' + server.address().port))
`

/** How soon a server answers, and what it takes up when it has nothing to do. */
export async function startTables(): Promise<BenchTable[]> {
  const times: number[] = []
  const bareTimes: number[] = []
  for (let repeat = -1; repeat < REPEATS; repeat++) {
    const [ms, bareMs] = [await timeToAnswer(), await timeToAnswerBare()]
    if (repeat >= 0) times.push(ms)
    if (repeat >= 0) bareTimes.push(bareMs)
  }
  return [
    {
      title: 'Server: from process start to the first answered request',
      note: `\`node dist/server/cli.js serve\` with an empty home, then GET /api/health; median of ${REPEATS}, interleaved. ComfyUI needs 3,700 ms.`,
      head: ['server', 'ms'],
      rows: [
        ['portrait serve', median(times).toFixed(0)],
        ['a bare Node HTTP server', median(bareTimes).toFixed(0)],
      ],
    },
    await memoryTable(),
  ]
}

async function timeToAnswer(): Promise<number> {
  const home = benchHome()
  const started = performance.now()
  const server = await startProcess(home)
  const { status } = await server.request('GET', '/api/health')
  const ms = performance.now() - started
  if (status !== 200) throw new Error(`The server must be well, but /api/health answers ${status}.`)
  await server.stop()
  removeHome(home)
  return ms
}

async function timeToAnswerBare(): Promise<number> {
  const started = performance.now()
  const child = spawn(process.execPath, ['-e', BARE], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  await fetch(String(line).trim().slice('Open '.length))
  const ms = performance.now() - started
  child.kill()
  return ms
}

async function memoryTable(): Promise<BenchTable> {
  const home = benchHome()
  const server = await startProcess(home)
  try {
    await server.request('GET', '/api/health')
    await sleep(1000)
    const moments: [string, ReturnType<typeof server.memory>][] = [['idle, nothing run yet', server.memory()]]
    const client = await nativeClient(server)
    const samples: { runs: number; server: number; worker: number }[] = []
    for (let runs = 1; runs <= RUNS; runs++) {
      await client.ended(await client.start(withLiteral(chain.build(20), 'n0', 'value', runs)))
      if (runs === 1) {
        await sleep(1000)
        moments.push(['idle, one run done', server.memory()])
      }
      if (runs % 100 > 0) continue
      const { server: mebibytes, worker = Number.NaN } = server.memory()
      samples.push({ runs, server: mebibytes, worker })
    }
    moments.push([`after ${RUNS.toLocaleString('en')} runs of 20 nodes`, server.memory()])
    client.close()
    const later = samples.slice(4)
    const per100 = (of: 'server' | 'worker') =>
      100 *
      slope(
        later.map(({ runs }) => runs),
        later.map(sample => sample[of]),
      )
    return {
      title: 'Server: resident memory, MiB',
      note: `Every run another seed. Slope of the last ${later.length * 100} runs: ${per100('server').toFixed(2)} MiB a hundred runs in the server, ${per100('worker').toFixed(2)} in the worker. ComfyUI: 427 idle, 760 after 90 runs.`,
      head: ['moment', 'server', 'worker', 'both'],
      rows: moments.map(([name, { server, worker }]) => [
        name,
        server.toFixed(0),
        worker?.toFixed(0) ?? '–',
        (server + (worker ?? 0)).toFixed(0),
      ]),
    }
  } finally {
    await server.stop()
    removeHome(home)
  }
}
