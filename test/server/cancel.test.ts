import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { bindParameters, parseWorkflow, type Workflow } from '../../engine/index.js'
import { packageRoot } from '../../engine/root.js'
import { ANONYMOUS } from '../../server/access/principal.js'
import type { Run } from '../../server/store/store.js'
import { startServer, type TestServer } from './serving.js'

const shipped = (...path: string[]) => readFile(join(packageRoot(), 'workflows', ...path))

/** Sends a demo photo; answers its artifact. */
async function upload({ url }: TestServer, file: string): Promise<string> {
  const form = new FormData()
  form.append('file', new Blob([await shipped('demo', file)]), file)
  const response = await fetch(`${url}/api/artifacts`, { method: 'POST', body: form })
  return ((await response.json()) as { artifact: string }).artifact
}

/** portrait-quick with the two demo photos. */
async function portrait(server: TestServer): Promise<Workflow> {
  const face = await upload(server, 'face.jpg')
  const reference = await upload(server, 'reference.png')
  return bindParameters(parseWorkflow(String(await shipped('portrait-quick.json'))), { face, reference })
}

/** Runs it to its end, asking for cancellation when the node begins. */
async function run(
  { services: { runs, hub, store } }: TestServer,
  workflow: Workflow,
  cancelAt?: string,
): Promise<Run> {
  const order = { who: ANONYMOUS, name: 'portrait', workflow, door: 'native' } as const
  const { id } = await runs.start(order)
  await new Promise<void>(resolve => {
    hub.listen(id, event => {
      if (event.type === 'node-started' && event.node === cancelAt) void runs.cancel(id)
      if (event.type === 'run-finished' || event.type === 'run-cancelled') resolve()
    })
  })
  return (await store.get('runs', id)) as Run
}

test('a portrait that is cancelled in any phase frees the lane, and the next one has the bytes of a fresh process', async () => {
  const server = await startServer()
  const workflow = await portrait(server)
  // From the end to the beginning: what an earlier run finished is in the cache and does not begin again.
  for (const node of ['referenceFaces', 'referenceMesh', 'transplant', 'composite', 'save']) {
    const cancelled = await run(server, workflow, node)
    // A cancellation that comes after the last step has ended changes nothing.
    assert(cancelled.status === 'cancelled' || node === 'save', `${node}: ${cancelled.status}`)
    assert.equal(server.services.runs.running().length, 0)
  }
  const [after] = (await run(server, workflow)).files ?? []
  const fresh = await startServer()
  const [first] = (await run(fresh, await portrait(fresh))).files ?? []
  assert.match(first?.artifact ?? '', /\.png$/)
  assert.equal(after?.artifact, first?.artifact)
})
