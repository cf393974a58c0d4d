import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServer } from './serving.js'

const RUNS = 300

const workflows = [
  (salt: number) => ({ echo: { type: 'Echo', inputs: { value: salt } } }),
  () => ({ echo: { type: 'Echo', inputs: { value: 1 } } }),
  (salt: number) => ({ fail: { type: 'Fail', inputs: { message: `${salt}` } } }),
  (salt: number) => ({ wait: { type: 'Wait', inputs: { steps: 2, ms: 1, previews: true, salt } } }),
]

test('after hundreds of mixed runs nothing is left open, queued, half-written or listening', async () => {
  const server = await startServer()
  const post = async (salt: number) => {
    const nodes = workflows[salt % workflows.length]!(salt)
    const body = JSON.stringify({ workflow: { version: 1, nodes } })
    const { id } = (await (await fetch(`${server.url}/api/runs`, { method: 'POST', body })).json()) as { id: string }
    if (salt % 7 === 0) await fetch(`${server.url}/api/runs/${id}/cancel`, { method: 'POST' })
  }
  const settle = async () => {
    const { runs } = server.services
    while (runs.waiting().length + runs.running().length > 0) await new Promise(resolve => setTimeout(resolve, 10))
  }
  const lap = async (from: number) => {
    for (let salt = from; salt < from + RUNS / 2; salt += 10)
      await Promise.all(Array.from({ length: 10 }, (_, index) => post(salt + index)))
    await settle()
    return openThings()
  }
  const before = await lap(0)
  const after = await lap(RUNS / 2)
  for (const [kind, count] of Object.entries(after))
    assert(
      count <= (before[kind] ?? 0) + 5,
      `${kind}: ${count} after ${RUNS} runs, ${before[kind] ?? 0} after half of them`,
    )
  const rows = await server.services.store.list('runs')
  assert.equal(rows.length, RUNS)
  assert(rows.every(({ status }) => ['finished', 'failed', 'cancelled'].includes(status)))
  for (const { id } of rows) assert.equal(server.services.hub.state(id), undefined)
  const files = await readdir(server.home, { recursive: true })
  assert.deepEqual(
    files.filter(file => file.endsWith('.part')),
    [],
  )
  const incoming = join(server.home, 'incoming')
  assert.deepEqual(existsSync(incoming) ? await readdir(incoming) : [], [])
})

/** What keeps this process alive, by kind. */
function openThings(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
