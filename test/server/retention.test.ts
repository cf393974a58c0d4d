import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { encodePng } from '../../nodes/image/png.js'
import type { Owner } from '../../server/access/principal.js'
import { openRetention } from '../../server/retention.js'
import type { Run, Upload } from '../../server/store/store.js'
import { noise } from '../nodes/image/pictures.js'
import { call, ended, signUp, until } from './native/calling.js'
import { startServer, type TestServer, type TestServerOptions } from './serving.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const PNG = { 'Content-Type': 'image/png' }

/** A server whose sweeps the test calls itself. */
async function server(options: TestServerOptions = {}) {
  const started = await startServer(options)
  return { ...started, retention: openRetention(started.services) }
}

/** Keeps bytes as an artifact that was used so long ago. */
async function keep({ services: { artifacts } }: TestServer, text: string, age = 2 * HOUR): Promise<string> {
  const artifact = await artifacts.put(Buffer.from(text), 'bin')
  const time = new Date(Date.now() - age)
  utimesSync(artifacts.path(artifact), time, time)
  return artifact
}

const upload = (artifact: string, createdAt: number): Upload => ({
  id: artifact.slice(0, 8),
  owner: 'anonymous',
  artifact,
  artifacts: [artifact],
  mime: 'image/png',
  bytes: 1,
  width: 1,
  height: 1,
  createdAt,
})
const run = (artifact: string, endedAt: number, more: Partial<Run> = {}): Run => ({
  id: artifact.slice(0, 8),
  owner: 'anonymous',
  name: 'test',
  workflow: artifact,
  artifacts: [artifact],
  status: 'finished',
  priority: 0,
  deaths: 0,
  createdAt: endedAt,
  endedAt,
  door: 'native',
  ...more,
})

test('a file lives while a row names it, and for an hour after it was used last', async () => {
  const here = await server()
  const { artifacts, store } = here.services
  const [named, stale, again, fresh] = [
    await keep(here, 'named'),
    await keep(here, 'stale'),
    await keep(here, 'again'),
    await keep(here, 'fresh', 0),
  ]
  const half = `${artifacts.path(stale)}.1234.part`
  writeFileSync(half, 'half')
  utimesSync(half, 0, 0)
  await artifacts.put(Buffer.from('again'), 'bin')
  await store.commit([{ table: 'uploads', create: upload(named, Date.now()) }])
  await here.retention.sweep()
  assert.deepEqual([named, stale, again, fresh].map(artifacts.has), [true, false, true, true])
  assert(!existsSync(half))
  await here.retention.sweep(Date.now() + 2 * HOUR)
  assert.deepEqual([named, again, fresh].map(artifacts.has), [true, false, false])
})

test('what a run that goes on has used stays, however long it takes', async () => {
  const here = await server()
  const { artifacts } = here.services
  const workflow = { version: 1, nodes: { wait: { type: 'Wait', inputs: { steps: 5000, ms: 20 } } } }
  const { json } = await call(here.url, 'POST /api/runs', { workflow })
  await until(() => here.services.runs.running().length > 0)
  const made = await keep(here, 'made by it', 0)
  const before = await keep(here, 'from before')
  await here.retention.sweep(Date.now() + 10 * HOUR)
  assert.deepEqual([artifacts.has(made), artifacts.has(before)], [true, false])
  await call(here.url, `POST /api/runs/${json.id}/cancel`)
  await ended(here.url, json.id)
  await here.retention.sweep(Date.now() + 10 * HOUR)
  assert(!artifacts.has(made))
})

test('after some days uploads and ended runs go; saved workflows and what goes on stay', async () => {
  const here = await server({ keepDays: 3 })
  const { artifacts, store } = here.services
  const now = Date.now()
  const [old, young, oldRun, waiting, saved, settings] = await Promise.all(
    ['old', 'young', 'old run', 'waiting', 'saved', 'settings'].map(text => keep(here, text)),
  )
  const versions = [{ artifact: saved, createdAt: 0 }]
  const place = { folder: 'user', subfolder: '', name: 'comfy.settings.json', bytes: 1 } as const
  await store.commit([
    { table: 'uploads', create: upload(old, now - 4 * DAY) },
    { table: 'uploads', create: upload(young, now - 2 * DAY) },
    { table: 'runs', create: run(oldRun, now - 4 * DAY) },
    { table: 'runs', create: run(waiting, now - 4 * DAY, { status: 'queued' }) },
    {
      table: 'workflows',
      create: { id: 'w', owner: 'anonymous', name: 'w', versions, artifacts: [saved], createdAt: 0, updatedAt: 0 },
    },
    {
      table: 'names',
      create: {
        id: 'n',
        owner: 'anonymous',
        ...place,
        artifact: settings,
        artifacts: [settings],
        createdAt: 0,
        updatedAt: 0,
      },
    },
  ])
  await here.retention.sweep()
  const are = [old, young, oldRun, waiting, saved, settings].map(artifacts.has)
  assert.deepEqual(are, [false, true, false, true, true, true])
  assert.equal(await store.count('runs'), 1)
})

test('on a public server the workflows of strangers go after some days too, those of people stay', async () => {
  const here = await server({ keepDays: 3, access: 'public' })
  const { store } = here.services
  const workflow = (id: string, owner: Owner) => {
    const times = { createdAt: 0, updatedAt: 0 }
    return { table: 'workflows', create: { id, owner, name: id, versions: [], ...times } } as const
  }
  await store.commit([workflow('stranger', 'anonymous'), workflow('ann', 'user:ann')])
  await here.retention.sweep()
  assert.deepEqual(
    (await store.list('workflows')).map(({ id }) => id),
    ['ann'],
  )
})

test('beyond its bytes the oldest results go first, and no more than must', async () => {
  const here = await server({ keepBytes: 3_500 })
  const { artifacts, store } = here.services
  const now = Date.now()
  const names: string[] = []
  for (let i = 0; i < 5; i++) {
    const artifact = await keep(here, String(i).repeat(1000))
    names.push(artifact)
    await store.commit([{ table: 'runs', create: run(artifact, now - (10 - i) * HOUR) }])
  }
  const face = await keep(here, 'f'.repeat(1000))
  await store.commit([{ table: 'uploads', create: upload(face, now - 100 * DAY) }])
  await here.retention.sweep()
  assert.deepEqual(names.map(artifacts.has), [false, false, false, true, true])
  assert(artifacts.has(face), 'results go before what was uploaded')
})

/** All files under a folder that hold some bytes. */
function filesWith(folder: string, bytes: Buffer): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(file => statSync(file).isFile() && readFileSync(file).includes(bytes))
}

/** photo ─► large ─► small ─► save, look */
const WORK = (image: string) => ({
  version: 1,
  name: 'Work of Ann',
  nodes: {
    photo: { type: 'LoadImage', inputs: { image } },
    large: { type: 'ImageResize', inputs: { image: { node: 'photo', output: 'image' }, width: 1600, height: 1600 } },
    small: { type: 'ImageResize', inputs: { image: { node: 'large', output: 'image' }, width: 400, height: 400 } },
    save: { type: 'SaveImage', inputs: { image: { node: 'large', output: 'image' } } },
    look: { type: 'PreviewImage', inputs: { image: { node: 'small', output: 'image' } } },
  },
})

test('who deletes an account leaves no picture, pixel, thumbnail or document behind', async () => {
  const here = await server({ access: 'accounts' })
  const { url, home } = here
  const [ann, ben] = [await signUp(url, 'ann@example.org'), await signUp(url, 'ben@example.org')]
  const { data } = noise({ width: 800, height: 800 })
  const face = Buffer.from(await encodePng({ width: 800, height: 800, channels: 3, data }))
  const shared = await sharp({ create: { width: 90, height: 90, channels: 3, background: '#789' } })
    .png()
    .toBuffer()
  const { json: hers } = await call(url, 'POST /api/artifacts', face, { ...PNG, ...ann })
  const [both] = await Promise.all([ann, ben].map(who => call(url, 'POST /api/artifacts', shared, { ...PNG, ...who })))
  const { json: started } = await call(url, 'POST /api/runs', { workflow: WORK(hers.artifact) }, ann)
  const done = await ended(url, started.id, ann)
  assert.equal(done.status, 'finished', done.failure)
  await call(url, 'POST /api/workflows', { document: WORK(hers.artifact) }, ann)
  await call(url, `GET ${hers.url}&size=256`)
  await call(url, `GET ${done.files[0].url}&size=64`)
  const traces = [
    Buffer.from(data.subarray(3000, 3040)),
    face.subarray(5000, 5040),
    (await call(url, `GET ${done.files[0].url}`)).bytes.subarray(9000, 9040),
    Buffer.from(hers.artifact),
    Buffer.from('Work of Ann'),
    Buffer.from('ann@example.org'),
  ]
  await until(() => filesWith(join(home, 'cache'), traces[0] ?? face).length > 0)
  for (const trace of traces) assert(filesWith(home, trace).length > 0, 'the test begins with traces everywhere')
  assert.equal(readdirSync(join(home, 'thumbnails')).length, 2)
  const { json: live } = await call(
    url,
    'POST /api/runs',
    { workflow: { version: 1, nodes: { wait: { type: 'Wait', inputs: { steps: 5000 } } } } },
    ann,
  )

  assert.equal((await call(url, 'DELETE /api/account', { password: 'a long walk home' }, ann)).status, 204)

  assert.equal(here.services.runs.running().length, 0, 'what went on has ended')
  assert.equal(await here.services.store.get('runs', live.id), undefined)
  for (const [index, trace] of traces.entries()) {
    assert.deepEqual(filesWith(home, trace), [], `trace ${index}`)
  }
  assert.deepEqual(filesWith(join(home, 'thumbnails'), Buffer.from('RIFF')), [])
  const kept = await call(url, `GET /api/artifacts/${both?.json.artifact}`, undefined, ben)
  assert.equal(kept.status, 200, 'what somebody else has too stays his')
})

test('a run that is removed takes along what only it had', async () => {
  const here = await server()
  const { artifacts } = here.services
  const face = await sharp(noise({ width: 64, height: 64 }).data, { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toBuffer()
  const { json: photo } = await call(here.url, 'POST /api/artifacts', face, PNG)
  const { json: started } = await call(here.url, 'POST /api/runs', { workflow: WORK(photo.artifact) })
  const done = await ended(here.url, started.id)
  const results = done.files.map(({ artifact }: { artifact: string }) => artifact)
  assert(results.length === 2 && results.every(artifacts.has))
  await call(here.url, `DELETE /api/runs/${started.id}`)
  assert.deepEqual([...results, photo.artifact].map(artifacts.has), [false, false, true])
})
