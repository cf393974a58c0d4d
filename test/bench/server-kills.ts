import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Workflow } from '../../engine/index.js'
import { type BenchServer, benchHome, removeHome, startProcess } from './server-process.js'
import type { BenchTable } from './table.js'

const KILLS = 200
const RUNS_A_KILL = 4
/** How long after an answer the kill may come: some runs are done by then. */
const LATEST_MS = 80

interface Counts {
  taken: number
  finished: number
  lost: number
  doubled: number
  failed: number
}

/** Kills the server or its worker at random moments while runs are taken and done, and counts what is lost or doubled. */
export async function killTable(): Promise<BenchTable> {
  const home = benchHome()
  const file = join(home, 'marks')
  const rows: string[][] = []
  try {
    for (const victim of ['server', 'worker'] as const) {
      const counts: Counts = { taken: 0, finished: 0, lost: 0, doubled: 0, failed: 0 }
      let server = await startProcess(home)
      for (let kill = 0; kill < KILLS / 2; kill++)
        server = await round(server, file, `${victim}-${kill}`, victim, counts)
      await server.stop()
      const { taken, finished, lost, doubled, failed } = counts
      rows.push([`the ${victim}`, KILLS / 2, taken, finished, failed, lost, doubled].map(String))
    }
  } finally {
    removeHome(home)
  }
  return {
    title: `Server: ${KILLS} times kill -9`,
    note: `${RUNS_A_KILL} runs are asked for, and at a random moment between the first request and ${LATEST_MS} ms after the last answer comes the kill. Lost is a run that was taken (202) and has not come to an end a start later; doubled one that ran again after it had been told as finished, or is in the list twice.`,
    head: ['killed', 'times', 'runs taken', 'finished', 'failed', 'lost', 'doubled'],
    rows,
  }
}

async function round(
  server: BenchServer,
  file: string,
  name: string,
  victim: 'server' | 'worker',
  counts: Counts,
): Promise<BenchServer> {
  const taken: { id: string; mark: string }[] = []
  let answered = 0
  const orders = Array.from({ length: RUNS_A_KILL }, async (_, n) => {
    const mark = `${name}-${n}`
    // What the kill cuts off was never taken.
    const answer = await server
      .request('POST', '/api/runs', { workflow: markWorkflow(file, mark) })
      .catch(() => undefined)
    answered++
    if (answer?.status === 202) taken.push({ id: answer.json<{ id: string }>().id, mark })
  })
  const before = Math.floor(Math.random() * (RUNS_A_KILL + 1))
  while (answered < before) await sleep(1)
  await sleep(Math.random() * LATEST_MS)
  const done = new Map<string, number>()
  await Promise.all(
    taken.map(async ({ id, mark }) => {
      if ((await statusOf(server, id)) === 'finished') done.set(mark, marksOf(file, mark))
    }),
  )
  let next = server
  if (victim === 'server') {
    await server.stop('SIGKILL')
    next = await startProcess(server.home)
  } else {
    const pid = server.workerPid()
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  }
  await Promise.all(orders)
  for (const { id, mark } of taken) {
    const status = await endOf(next, id)
    counts.taken++
    if (status === 'finished') counts.finished++
    else if (status === 'failed') counts.failed++
    else counts.lost++
    if (status === 'finished' && marksOf(file, mark) === 0) counts.lost++
    if (done.has(mark) && marksOf(file, mark) !== done.get(mark)) counts.doubled++
  }
  const { runs } = (await next.request('GET', `/api/runs?limit=${4 * RUNS_A_KILL}`)).json<{ runs: { id: string }[] }>()
  counts.doubled += runs.length - new Set(runs.map(({ id }) => id)).size
  return next
}

const markWorkflow = (file: string, name: string): Workflow => ({
  version: 1,
  nodes: {
    first: { type: 'Count', inputs: { value: 1 } },
    mark: { type: 'bench/Mark', inputs: { file, name, ms: 10, after: { node: 'first', output: 'value' } } },
  },
})

const statusOf = async (server: BenchServer, id: string): Promise<string | undefined> => {
  const answer = await server.request('GET', `/api/runs/${id}`).catch(() => undefined)
  return answer?.status === 200 ? answer.json<{ status: string }>().status : undefined
}

/** The status of a run at its end; of one that does not end, what it has after ten seconds. */
async function endOf(server: BenchServer, id: string): Promise<string | undefined> {
  for (let tries = 0; ; tries++) {
    const status = await statusOf(server, id)
    if (/finished|failed|cancelled/.test(status ?? '') || status === undefined || tries > 500) return status
    await sleep(20)
  }
}

function marksOf(file: string, mark: string): number {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter(line => line === mark).length
  } catch {
    return 0
  }
}
