import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openArtifacts } from '../../engine/artifacts.js'
import { InvalidWorkflow } from '../../engine/errors.js'
import { createRegistry } from '../../engine/registry.js'
import type { Workflow } from '../../engine/workflow.js'
import { pack } from '../../nodes/index.js'
import { ANONYMOUS, type Owner, type Principal } from '../../server/access/principal.js'
import { resolveInputs } from '../../server/input-files.js'
import { openLowdbStore } from '../../server/store/lowdb-store.js'
import { passingFolder } from '../engine/harness.js'

const home = passingFolder()
const artifacts = openArtifacts(join(home, 'artifacts'))
const store = await openLowdbStore(join(home, 'store'), { log: () => {} })
after(() => store.close())
const parts = { registry: createRegistry([pack]), artifacts, store }
const ANN: Principal = { kind: 'user', id: 'ann', session: 's' }

/** An upload of some text, which is as good as a picture here. */
async function uploaded(text: string, owner: Owner): Promise<{ id: string; artifact: string }> {
  const artifact = await artifacts.put(Buffer.from(text), 'png')
  const row = { id: randomUUID(), owner, artifact, artifacts: [artifact], mime: 'image/png' }
  await store.commit([{ table: 'uploads', create: { ...row, bytes: 1, width: 1, height: 1, createdAt: 0 } }])
  return row
}

const load = (image: string | readonly string[]) => ({ type: 'LoadImage', inputs: { image } })
const workflow = (nodes: Workflow['nodes'], more: Partial<Workflow> = {}): Workflow => ({ version: 1, nodes, ...more })

const faults = (wanted: Workflow, who: Principal) =>
  resolveInputs(wanted, who, parts).then(
    () => [],
    (error: InvalidWorkflow) => {
      assert(error instanceof InvalidWorkflow)
      return error.issues.map(({ code, node, input }) => `${code} ${node}.${input}`)
    },
  )

test('an upload becomes its artifact, alone, in lists, in components and through their ports', async () => {
  const { id, artifact } = await uploaded('hers', 'user:ann')
  const given = workflow(
    {
      one: load(id),
      many: load([id.toUpperCase(), artifact]),
      outer: { type: 'component/load', inputs: { photo: id } },
    },
    {
      components: {
        load: {
          nodes: { inner: { type: 'LoadImage' }, fixed: load(id) },
          inputs: { photo: [{ node: 'inner', input: 'image' }] },
          outputs: { image: { node: 'inner', output: 'image' } },
        },
      },
    },
  )
  const { workflow: resolved, artifacts: named } = await resolveInputs(given, ANN, parts)
  assert.deepEqual(named, [artifact])
  assert.deepEqual(resolved.nodes.one, load(artifact))
  assert.deepEqual(resolved.nodes.many, load([artifact, artifact]))
  assert.deepEqual(resolved.nodes.outer?.inputs, { photo: artifact })
  assert.deepEqual(resolved.components?.load?.nodes.fixed, load(artifact))
})

test('what is anonymous is for whoever knows its name; what is somebody’s is for nobody else', async () => {
  const [hers, nobodys] = [await uploaded('only hers', 'user:ann'), await uploaded('nobody’s', 'anonymous')]
  const all = workflow({ a: load(hers.id), b: load(hers.artifact), c: load(nobodys.id), d: load(nobodys.artifact) })
  assert.deepEqual(await faults(all, ANN), [])
  assert.deepEqual(await faults(all, ANONYMOUS), ['unknown-file a.image', 'unknown-file b.image'])
  assert.deepEqual(await faults(all, { kind: 'operator' }), ['unknown-file a.image', 'unknown-file b.image'])
})

test('every file that cannot be taken is told; what never runs, and what is no file, is left alone', async () => {
  const lost = `${'0'.repeat(64)}.png`
  const given = workflow({
    path: load('/etc/passwd'),
    gone: load([lost, randomUUID()]),
    text: { type: 'Text', inputs: { text: lost } },
    muted: { ...load('gone.png'), mute: true },
    empty: load(''),
    linked: { type: 'LoadImage', inputs: { image: { node: 'text', output: 'text' } } },
    plain: { type: 'Text', inputs: { text: 'a plain text' } },
  })
  assert.deepEqual((await faults(given, ANN)).sort(), [
    'unknown-file gone.image',
    'unknown-file gone.image',
    'unknown-file path.image',
    'unknown-file text.text',
  ])
})

test('an artifact whose file has gone is not taken', async () => {
  const { id, artifact } = await uploaded('soon gone', 'anonymous')
  rmSync(artifacts.path(artifact))
  assert.deepEqual(await faults(workflow({ a: load(id), b: load(artifact) }), ANN), [
    'unknown-file a.image',
    'unknown-file b.image',
  ])
})
