import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue } from '../../../models/catalogue.js'
import { pack } from '../../../nodes/index.js'
import { startServer } from '../serving.js'
import { bearer, call, ended } from './calling.js'

const TOKEN = 'a-token-that-is-long-enough'

test('nodes are told with their ports and no code, and not again to who knows them', async () => {
  const { url } = await startServer()
  const { json, headers } = await call(url, 'GET /api/nodes')
  for (const { type } of pack.nodes)
    assert(
      json.nodes.some((node: { type: string }) => node.type === type),
      type,
    )
  for (const node of json.nodes)
    assert.deepEqual([typeof node.inputs, node.run, node.needs], ['object', undefined, undefined])
  const again = await call(url, 'GET /api/nodes', undefined, { 'If-None-Match': headers.get('etag') ?? '' })
  assert.deepEqual([again.status, again.bytes.length], [304, 0])
})

test('models are told with whether they are here, plugins with their nodes', async () => {
  const { url } = await startServer()
  const { json } = await call(url, 'GET /api/models')
  assert.deepEqual(
    json.models.map(({ id, installed }: { id: string; installed: boolean }) => [id, installed]),
    catalogue.map(({ id }) => [id, true]),
  )
  assert.deepEqual((await call(url, 'GET /api/plugins')).json, { plugins: [] })
})

test('health is for anybody, metrics are for the operator, and count what ran', async () => {
  const { url } = await startServer({ access: 'accounts', token: TOKEN })
  const { json } = await call(url, 'GET /api/health')
  assert.equal(json.status, 'healthy')
  assert.deepEqual(json.queue, { waiting: 0, running: 0 })
  assert.equal((await call(url, 'GET /api/metrics')).status, 401)
  const operator = bearer(TOKEN)
  for (const inputs of [{ value: 1 }, { value: 1 }]) {
    const workflow = { version: 1, nodes: { say: { type: 'Echo', inputs } } }
    const started = await call(url, 'POST /api/runs', { workflow }, operator)
    await ended(url, started.json.id, operator)
  }
  const text = (await call(url, 'GET /api/metrics', undefined, operator)).bytes.toString()
  for (const line of [
    'portrait_runs_total{status="finished"} 2',
    'portrait_nodes_cached_total 1',
    'portrait_node_seconds_count 1',
    'portrait_runs_waiting 0',
    'portrait_worker_up 1',
  ])
    assert(text.split('\n').includes(line), text)
})

test('the root answers programs in JSON and browsers with a page', async () => {
  const { url } = await startServer()
  const plain = await call(url, 'GET /')
  assert.deepEqual(plain.json, { message: 'IP-to-Portrait API', status: 'running' })
  const page = await call(url, 'GET /', undefined, { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' })
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
  assert.match(page.bytes.toString(), /<a href="\/docs">/)
})
