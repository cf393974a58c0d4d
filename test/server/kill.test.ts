import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { passingFolder } from './command.js'
import { type ServerProcess, startProcess } from './server-process.js'

/*
 *   Increment ──► Echo      the number tells the runs apart
 */
const workflow = (value: number) => ({
  version: 1,
  nodes: {
    add: { type: 'Increment', inputs: { value } },
    echo: { type: 'Echo', inputs: { value: { node: 'add', output: 'value' } } },
  },
})

const post = async ({ url }: ServerProcess, value: number): Promise<string> => {
  const response = await fetch(`${url}/api/runs`, {
    method: 'POST',
    body: JSON.stringify({ workflow: workflow(value) }),
  })
  const { id } = (await response.json()) as { id: string }
  assert.equal(response.status, 202)
  return id
}

interface Row {
  readonly id: string
  readonly status: string
}

const list = async ({ url }: ServerProcess): Promise<readonly Row[]> => {
  const rows: Row[] = []
  for (;;) {
    const page = (await (await fetch(`${url}/api/runs?limit=100&offset=${rows.length}`)).json()) as { runs: Row[] }
    if (page.runs.length === 0) return rows
    rows.push(...page.runs)
  }
}

const hasEnded = ({ status }: Row) => status !== 'queued' && status !== 'running'

test('100 waiting runs survive kill -9 of the server, again and again, and each comes to one end', async () => {
  const home = passingFolder()
  let server = await startProcess(home)
  const accepted: string[] = []
  for (let value = 0; value < 100; value++) accepted.push(await post(server, value))
  let kills = 0
  for (let rows = await list(server); !rows.every(hasEnded); rows = await list(server)) {
    if (kills < 5) {
      await server.end('SIGKILL')
      kills++
      server = await startProcess(home)
    }
    await sleep(30 * kills)
  }
  const rows = await list(server)
  assert(kills > 0)
  assert.deepEqual(rows.map(({ id }) => id).sort(), [...accepted].sort())
  assert.deepEqual(new Set(rows.map(({ status }) => status)), new Set(['finished']))
  await server.end('SIGTERM')
  assert.deepEqual(await halfWritten(home), [], 'half-written files are gone')
})

/** Runs are posted by one hand and the server is killed by another: what was answered 202 is there after the start. */
test('whatever was accepted before a kill -9 at a random moment is there after the next start, exactly once', async () => {
  const home = passingFolder()
  const accepted: string[] = []
  for (let round = 0; round < 6; round++) {
    const server = await startProcess(home)
    const killed = sleep(Math.random() * 150).then(() => server.end('SIGKILL'))
    // Ends when the server does not answer any more.
    for (let value = 0; ; value++) {
      const id = await post(server, round * 1000 + value).catch(() => undefined)
      if (id === undefined) break
      accepted.push(id)
    }
    await killed
  }
  const server = await startProcess(home)
  const ids = (await list(server)).map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
  assert.deepEqual(
    accepted.filter(id => !ids.includes(id)),
    [],
  )
  // One may be there whose answer was on its way.
  assert(ids.length - accepted.length <= 6)
})

test('SIGTERM keeps what waits, and a second server on the same folder is refused with a sentence', async () => {
  const home = passingFolder()
  const first = await startProcess(home)
  const slow = { version: 1, nodes: { wait: { type: 'Wait', inputs: { steps: 1000, ms: 20 } } } }
  await fetch(`${first.url}/api/runs`, { method: 'POST', body: JSON.stringify({ workflow: slow }) })
  const waiting = await post(first, 1)
  await assert.rejects(startProcess(home), /already|in use|another/i)
  await first.end('SIGTERM')
  assert.equal(first.child.exitCode, 0)
  const second = await startProcess(home)
  const rows = await list(second)
  assert.equal(rows.length, 2)
  const running = rows.find(({ id }) => id !== waiting) as Row
  await fetch(`${second.url}/api/runs/${running.id}/cancel`, { method: 'POST' })
  for (let rows = await list(second); !rows.every(hasEnded); rows = await list(second)) await sleep(20)
  const ends = Object.fromEntries((await list(second)).map(({ id, status }) => [id, status]))
  assert.deepEqual(ends, { [waiting]: 'finished', [running.id]: 'cancelled' })
})

const halfWritten = async (home: string): Promise<string[]> => {
  const files = await readdir(join(home, 'artifacts'), { recursive: true })
  return files.filter(file => file.endsWith('.part'))
}
