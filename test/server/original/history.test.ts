import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../serving.js'
import { occupy } from './busy-lane.js'
import { facePhoto, type GenerationTask, type HistoryItem, memberOf, scenePhoto } from './client.js'

const server = await startServer()
const { store, artifacts } = server.services
const ann = await memberOf(server, 'ann')

const face = (await ann.upload(await facePhoto())).json
const scene = (await ann.upload(await scenePhoto(), 'scene.png', 'image/png')).json

/** Makes a batch and waits for its end; answers its id. */
async function make(request: Record<string, unknown> = {}): Promise<string> {
  const { batch_id } = await ann.start({ face_image_id: face.id, count: 1, ...request })
  await ann.ended(batch_id)
  return batch_id
}
const history = async (query = ''): Promise<HistoryItem[]> => (await ann.call('GET', `/api/history/${query}`)).json
const idsOf = (items: readonly HistoryItem[]) => items.map(({ id }) => id)
const clear = (query = '') => ann.call('DELETE', `/api/history/${query}`)

test('an item has the shape of the replaced system’s, and the real seeds', async () => {
  const id = await make({ reference_image_id: scene.id, count: 2, title: 'In space', params: { seed: 7, steps: 30 } })
  const [item] = await history()
  assert(item)
  const { params, created_at, result_urls, face_image_url, reference_image_url, ...rest } = item
  assert.deepEqual(rest, {
    id,
    title: 'In space',
    face_image_id: face.id,
    reference_image_id: scene.id,
    count: 2,
    parallel: false,
    is_favorite: false,
    actual_seeds: [7, 8],
  })
  assert.deepEqual([face_image_url, reference_image_url], [face.url, scene.url])
  assert.deepEqual([params.steps, params.seed, params.guidance_scale, params.mask_padding], [30, 7, 7.5, 0])
  assert.match(created_at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  for (const [i, url] of result_urls.entries()) {
    assert(url.startsWith(`/outputs/${id}_${i}.png?key=`))
    assert.equal((await fetch(server.url + url)).status, 200)
  }
  assert.deepEqual((await ann.call('GET', `/api/history/${id}`)).json, item)
})

test('without a title an item is called by the beginning of its prompt, or by when it was made', async () => {
  await make({ params: { prompt: 'p'.repeat(60) } })
  await make()
  const [untold, prompted] = await history()
  assert.equal(prompted?.title, `${'p'.repeat(50)}...`)
  assert.match(untold?.title ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
})

test('the history comes newest first, in pages, and without what has no result', async () => {
  await clear()
  const made = [await make(), await make(), await make()].reverse()
  await make({ face_image_id: 'nothing' })
  assert.deepEqual(idsOf(await history()), made)
  assert.deepEqual(idsOf(await history('?limit=1&offset=1')), [made[1]])
  for (const query of ['?limit=0', '?limit=201', '?offset=-1', '?limit=many'])
    assert.equal((await ann.call('GET', `/api/history/${query}`)).status, 422, query)
})

test('a batch is in the history only when all of it has ended', async () => {
  await clear()
  const release = await occupy(server)
  const { batch_id } = await ann.start({ face_image_id: face.id, count: 2 })
  // Owners take turns: this comes between the two pictures.
  const between = occupy(server)
  await release()
  const releaseLast = await between
  const { json } = await ann.call('GET', `/api/generation/status/${batch_id}`)
  assert.deepEqual(
    json.tasks.map(({ status }: GenerationTask) => status),
    ['completed', 'pending'],
  )
  assert.equal((await ann.call('GET', `/api/history/${batch_id}`)).status, 404)
  await clear()
  await releaseLast()
  await ann.ended(batch_id)
  assert.deepEqual(idsOf(await history()), [batch_id])
})

test('favourites are toggled, listed alone, and kept by a clearing that is told to', async () => {
  await clear()
  const [kept, gone] = [await make(), await make()]
  const toggle = () => ann.call('POST', `/api/history/${kept}/favorite`)
  assert.deepEqual((await toggle()).json, { id: kept, is_favorite: true })
  assert.deepEqual(idsOf(await history('?favorites_only=true')), [kept])
  assert.deepEqual(idsOf(await history()), [gone, kept])
  assert.deepEqual((await clear('?favorites_only=true')).json, { status: 'cleared' })
  assert.deepEqual(idsOf(await history()), [kept])
  assert.deepEqual((await toggle()).json, { id: kept, is_favorite: false })
  await clear()
  assert.deepEqual(await history(), [])
})

test('a title is set by the query or by the body', async () => {
  const id = await make()
  const path = `/api/history/${id}/title`
  assert.deepEqual((await ann.call('PATCH', `${path}?title=From%20the%20query`)).json, { id, title: 'From the query' })
  assert.deepEqual((await ann.call('PATCH', path, { title: 'From the body' })).json, { id, title: 'From the body' })
  assert.equal((await history())[0]?.title, 'From the body')
  const { status, json } = await ann.call('PATCH', path)
  assert.deepEqual([status, json.detail[0].loc, json.detail[0].type], [422, ['query', 'title'], 'missing'])
  assert.equal((await ann.call('PATCH', `${path}?title=${'t'.repeat(256)}`)).status, 422)
})

test('a removed item is gone with its pictures, also those whose place others took', async () => {
  await clear()
  const id = await make({ reference_image_id: scene.id })
  await ann.call('POST', `/api/generation/task/${id}-0/regenerate`)
  const [task] = await ann.ended(id)
  const runs = await store.list('runs', { where: { door: 'original' } })
  assert.equal(runs.length, 2)
  const files = runs.flatMap(({ files = [], report = '' }) => [report, ...files.map(({ artifact }) => artifact)])
  assert(files.length >= 4 && files.every(artifacts.has))
  assert.deepEqual(await ann.call('DELETE', `/api/history/${id}`), { status: 200, json: { status: 'deleted', id } })
  assert.deepEqual(await store.list('runs', { where: { door: 'original' } }), [])
  assert(!files.some(artifacts.has))
  assert.equal((await fetch(server.url + task?.result_url)).status, 404)
  assert.equal((await fetch(server.url + face.url)).status, 200)
  assert.equal((await ann.call('DELETE', `/api/history/${id}`)).status, 404)
})
