import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { comfyDoor } from '../../server/comfy/door.js'
import { nativeDoor } from '../../server/native/door.js'
import { originalDoor } from '../../server/original/door.js'
import { TOKEN } from './access/setup.js'
import { picture } from './comfy/calling.js'
import { bearer, call, ended, signUp, until } from './native/calling.js'
import { startServer } from './serving.js'
import { connect } from './socket/client.js'

/*
 * Ann has one of everything. Whatever others ask of it by its id, they are answered as if it were not there, to the
 * letter; no list of theirs shows it; and afterwards all of it is as it was.
 */

const { url, services } = await startServer({ access: 'public', token: TOKEN })
const doors = [nativeDoor(services), originalDoor(services), comfyDoor(services)]

type Headers = Record<string, string>
const ann = await signUp(url, 'ann@example.org')
const strangers: Readonly<Record<string, Headers>> = {
  'another user': await signUp(url, 'bea@example.org'),
  'the operator': bearer(TOKEN),
  'somebody unknown': {},
}

// What Ann has.

const own = async (request: string, body?: object, headers: Headers = {}) => {
  const answer = await call(url, request, body, { ...headers, ...ann })
  assert(answer.status < 300, `${request}: ${answer.status} ${answer.bytes}`)
  return answer.json
}
const formOf = (bytes: Uint8Array, name: string, fields: Headers = {}) => {
  const form = new FormData()
  form.append('image', new Blob([Buffer.from(bytes)]), name)
  for (const [field, value] of Object.entries(fields)) form.append(field, value)
  return form
}
/** photo ─► save */
const saving = {
  version: 1,
  name: "Ann's saving",
  parameters: { photo: { targets: [{ node: 'photo', input: 'image' }] } },
  nodes: {
    photo: { type: 'LoadImage' },
    save: { type: 'SaveImage', inputs: { image: { node: 'photo', output: 'image' } } },
  },
}
const waiting = { version: 1, nodes: { wait: { type: 'Wait', inputs: { ms: 20, steps: 60_000, previews: true } } } }
const prompt = (image: string) => ({
  load: { class_type: 'LoadImage', inputs: { image } },
  save: { class_type: 'SaveImage', inputs: { images: ['load', 0], filename_prefix: 'anns' } },
})

const upload = await own('POST /api/artifacts', await picture(8, 8, [1, 2, 3]), { 'Content-Type': 'image/png' })
await own('POST /upload/image', formOf(await picture(8, 8, [4, 5, 6]), 'anns-face.png'))
await own('POST /userdata/anns-notes.txt', Buffer.from('hers'))
const workflow = await own('POST /api/workflows', { name: "Ann's workflow", document: saving })
const run = (await own('POST /api/runs', { workflow: saving, parameters: { photo: upload.id } })).id
const [result] = (await ended(url, run, ann)).files
const { prompt_id } = await own('POST /prompt', { prompt: prompt('anns-face.png'), client_id: 'anns-client' })
const { outputs } = await until(async () => (await own(`GET /history/${prompt_id}`))[prompt_id])
const [named] = outputs.save.images
// This one holds the lane, so that the others wait.
const live = (await own('POST /api/runs', { workflow: waiting })).id
const queued = (await own('POST /prompt', { prompt: prompt('anns-face.png') })).prompt_id
const batch = (await own('POST /api/generation/start', { face_image_id: upload.id, count: 1, title: "Ann's batch" }))
  .batch_id
await until(async () => (await own(`GET /api/runs/${live}`)).progress?.nodes.wait?.step > 2)

/** What must never be said to others. */
const SECRETS = [
  ...['ann@example.org', "Ann's", 'anns-'],
  ...[upload.id, upload.artifact, run, result.artifact, workflow.id, prompt_id, live, queued, batch],
]

/** Ann's and, of the same form, what nobody has. */
type Pair = readonly [hers: Headers, nobodys: Headers]
const pair = (name: string, hers: string): Pair => [{ [name]: hers }, { [name]: likeNothing(hers) }]
function likeNothing(id: string): string {
  if (/^[\da-f]{8}-[\da-f-]{27}$/.test(id)) return randomUUID()
  if (/^[\da-f]{64}\./.test(id)) return id.replace(/^\w+/, '0'.repeat(64))
  return id.replace(/[\da-z]/gi, letter => (/\d/.test(letter) ? '0' : 'q'))
}

const runs = [pair('id', run), pair('id', live)]
const jobs = [pair('id', prompt_id), pair('id', queued)]
const workflows = [pair('id', workflow.id)]
const items = [pair('item_id', batch)]

/** By route: the ids that are tried, and a body that is good where one is needed. */
const BY_ID: Readonly<
  Record<string, { readonly ids: readonly Pair[]; readonly body?: object; readonly query?: string }>
> = {
  'native get /api/runs/:id': { ids: runs },
  'native get /api/runs/:id/files/:number': {
    ids: [
      [
        { id: run, number: '0' },
        { id: likeNothing(run), number: '0' },
      ],
    ],
  },
  'native patch /api/runs/:id': { ids: runs, body: { title: 'mine' } },
  'native post /api/runs/:id/cancel': { ids: runs },
  'native post /api/runs/:id/retry': { ids: runs },
  'native delete /api/runs/:id': { ids: runs },
  'native get /api/workflows/:id': { ids: workflows },
  'native put /api/workflows/:id': { ids: workflows, body: { document: saving } },
  'native delete /api/workflows/:id': { ids: workflows },
  'native get /api/workflows/:id/versions': { ids: workflows },
  'native get /api/workflows/:id/export': { ids: workflows },
  'native post /api/workflows/:id/share': { ids: workflows },
  'native delete /api/workflows/:id/share': { ids: workflows },
  'native get /api/artifacts/:name': { ids: [pair('name', upload.artifact), pair('name', result.artifact)] },
  'original delete /api/upload/:file_id': { ids: [pair('file_id', upload.id)] },
  'original get /api/generation/status/:batch_id': { ids: [pair('batch_id', batch)] },
  'original get /api/generation/task/:task_id': { ids: [pair('task_id', `${batch}-0`)] },
  'original post /api/generation/cancel/:batch_id': { ids: [pair('batch_id', batch)] },
  'original post /api/generation/task/:task_id/regenerate': { ids: [pair('task_id', `${batch}-0`)] },
  'original get /api/history/:item_id': { ids: items },
  'original post /api/history/:item_id/favorite': { ids: items },
  'original patch /api/history/:item_id/title': { ids: items, query: '?title=mine' },
  'original delete /api/history/:item_id': { ids: items },
  'original get /uploads/:file': { ids: [pair('file', `${upload.id}.png`)] },
  'original get /outputs/:file': { ids: [pair('file', `${batch}_0.png`)] },
  'original get /outputs/:folder/preview.jpg': { ids: [pair('folder', `${batch}_0`)] },
  'comfy get /history/:id': { ids: jobs },
  'comfy get /jobs/:id': { ids: jobs },
  'comfy post /jobs/:id/cancel': { ids: jobs },
  'comfy get /userdata/:file': { ids: [pair('file', 'anns-notes.txt')] },
  'comfy post /userdata/:file': { ids: [pair('file', 'anns-notes.txt')] },
  'comfy delete /userdata/:file': { ids: [pair('file', 'anns-notes.txt')] },
  'comfy post /userdata/:file/move/:dest': {
    ids: [
      [
        { file: 'anns-notes.txt', dest: 'stolen.txt' },
        { file: 'nobodys.txt', dest: 'stolen.txt' },
      ],
    ],
  },
}

/** Routes whose parameters name nothing of anybody, or what whoever knows it may have. */
const NOBODYS = [
  'native get /api/shared/:token',
  'original get /demo/:file',
  'comfy get /view_metadata/:folder',
  'comfy get /object_info/:type',
  'comfy get /models/:folder',
  'comfy get /experiment/models/:folder',
  'comfy get /settings/:id',
  'comfy post /settings/:id',
  'comfy get /internal/files/:folder',
]

/** Calls that name things in their query or body: each with Ann's, and with what nobody has. */
const BY_MENTION: readonly (readonly [request: string, hers: object | undefined, other: string, nobodys?: object])[] = [
  ...[upload.id, upload.artifact, result.artifact].map(
    (photo: string) =>
      [
        'POST /api/runs',
        { workflow: saving, parameters: { photo } },
        'POST /api/runs',
        { workflow: saving, parameters: { photo: likeNothing(photo) } },
      ] as const,
  ),
  ['POST /api/runs', { workflow: workflow.id }, 'POST /api/runs', { workflow: likeNothing(workflow.id) }],
  ['POST /prompt', { prompt: prompt('anns-face.png') }, 'POST /prompt', { prompt: prompt('qqqq-face.png') }],
  ['POST /queue', { delete: [queued] }, 'POST /queue', { delete: [randomUUID()] }],
  ['POST /jobs/cancel', { job_ids: [queued] }, 'POST /jobs/cancel', { job_ids: [randomUUID()] }],
  ['POST /history', { delete: [prompt_id] }, 'POST /history', { delete: [randomUUID()] }],
  ['POST /interrupt', { prompt_id: queued }, 'POST /interrupt', { prompt_id: randomUUID() }],
  ...[`filename=${named.filename}`, 'filename=anns-face.png&type=input'].map(
    query => [`GET /view?${query}`, undefined, `GET /view?${query.replace('anns', 'qqqq')}`] as const,
  ),
  [
    'POST /upload/mask',
    formOf(await picture(8, 8, [1, 2, 3, 4]), 'mask.png', {
      original_ref: '{"filename":"anns-face.png","type":"input"}',
    }),
    'POST /upload/mask',
    formOf(await picture(8, 8, [1, 2, 3, 4]), 'mask.png', {
      original_ref: '{"filename":"qqqq-face.png","type":"input"}',
    }),
  ],
]

/** What takes all of one's own away. */
const SWEEPING = [
  ['DELETE /api/history', undefined],
  ['POST /history', { clear: true }],
  ['POST /queue', { clear: true }],
  ['POST /interrupt', {}],
] as const

/** All that Ann sees of hers; of what goes on only that it does. */
async function hersNow(): Promise<unknown> {
  const { status } = await own(`GET /api/runs/${live}`)
  const { url: _signed, ...file } = (await own(`GET /api/runs/${run}`)).files[0]
  const owned = [
    `/api/artifacts/${upload.artifact}`,
    `/api/workflows/${workflow.id}`,
    `/api/generation/status/${batch}`,
    '/api/workflows',
    '/history',
    '/queue',
    `/view?filename=${named.filename}`,
    '/userdata/anns-notes.txt',
    '/internal/files/input',
  ]
  const answers = await Promise.all(owned.map(path => call(url, `GET ${path}`, undefined, ann)))
  return { status, file, answers: answers.map(({ status, bytes }, index) => [owned[index], status, bytes.toString()]) }
}

const routes = doors.flatMap(({ name, routes }) =>
  routes.map(route => ({ ...route, name: `${name} ${route.method} ${route.path}` })),
)
const pathWith = (path: string, values: Headers) => path.replace(/:(\w+)/g, (_, name: string) => values[name] as string)

test('of every route with a parameter it is known whether it names what is somebody’s', () => {
  const parametric = routes.filter(({ path }) => path.includes(':')).map(({ name }) => name)
  assert.deepEqual([...Object.keys(BY_ID), ...NOBODYS].sort(), parametric.sort())
})

test('what Ann has is there for Ann', async () => {
  const shown = routes.filter(({ name, method }) => method === 'get' && BY_ID[name])
  for (const { name, path } of shown) {
    // Not yet: the batch still waits.
    if (/outputs|history\/:item/.test(name)) continue
    for (const [hers] of BY_ID[name]?.ids ?? []) {
      const { status } = await call(url, `GET ${pathWith(path, hers)}`, undefined, ann)
      assert.equal(status, 200, `${name} ${JSON.stringify(hers)}`)
    }
  }
})

const before = await hersNow()

for (const [who, headers] of Object.entries(strangers)) {
  const ask = async (request: string, body?: object) => {
    const { status, bytes } = await call(url, request, body, headers)
    return { status, text: bytes.toString() }
  }

  test(`by their ids ${who} finds nothing of Ann’s`, async () => {
    for (const { name, method, path } of routes) {
      const { ids = [], body, query = '' } = BY_ID[name] ?? {}
      for (const [hers, nobodys] of ids) {
        const request = (values: Headers) => `${method.toUpperCase()} ${pathWith(path, values)}${query}`
        const [found, missing] = [await ask(request(hers), body), await ask(request(nobodys), body)]
        const values = Object.keys(hers).map(key => [hers[key], nobodys[key]] as const)
        const said = values.reduce((text, [id = '', other = '']) => text.replaceAll(id, other), found.text)
        assert.deepEqual({ ...found, text: said }, missing, name)
        if (!name.startsWith('comfy')) assert([404, 401].includes(found.status), `${name}: ${found.status}`)
        if (found.status === 401) assert.equal(who, 'somebody unknown', name)
      }
    }
  })

  test(`by mentioning them ${who} gets nothing of Ann’s`, async () => {
    for (const [request, hers, other, nobodys] of BY_MENTION) {
      const [found, missing] = [await ask(request, hers), await ask(other, nobodys)]
      assert.equal(found.status, missing.status, `${request}: ${found.text}`)
      assert.equal(withoutIds(found.text), withoutIds(missing.text), request)
    }
    for (const [request, body] of SWEEPING) await ask(request, body)
  })

  test(`no list shows ${who} anything of Ann’s`, async () => {
    for (const { method, path } of routes) {
      if (method !== 'get' || path.includes(':')) continue
      const { text } = await ask(`GET ${path}`)
      for (const secret of SECRETS) assert(!text.includes(secret), `${path} says ${secret}`)
    }
  })

  test(`over sockets ${who} hears nothing of Ann’s`, async () => {
    const [native, comfy] = await Promise.all([
      connect(`${url}/api/socket`, { headers }),
      connect(`${url}/ws?clientId=anns-client`, { headers }),
    ])
    const nothing = likeNothing(live)
    for (const id of [live, nothing, run]) native.send({ type: 'subscribe', run: id })
    native.send({ type: 'subscribe', all: true })
    native.send({ type: 'ping' })
    await native.until(({ type }) => type === 'pong')
    const [first, second] = native.messages
    assert.equal(JSON.stringify(first).replaceAll(live, nothing), JSON.stringify(second))
    // Long enough for some steps of the live run, which has a preview in each.
    const steps = async () => (await own(`GET /api/runs/${live}`)).progress.nodes.wait.step
    const now = await steps()
    await until(async () => (await steps()) > now + 20)
    const said = JSON.stringify([...native.messages.filter(({ type }) => type !== 'error'), ...comfy.messages])
    for (const secret of SECRETS.filter(secret => secret !== 'anns-')) assert(!said.includes(secret), said)
    assert.deepEqual([native.frames.length, comfy.frames.length], [0, 0])
    await Promise.all([native.close(), comfy.close()])
  })
}

test('after all that, everything of Ann’s is as it was', async () => {
  assert.deepEqual(await hersNow(), before)
})

/** What two answers may differ in. */
const withoutIds = (text: string) =>
  text
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'id')
    .replace(/the file [\w-]+…/g, 'the file …')
    .replace(/anns|qqqq/g, 'name')
    .replace(/"[\w-]{21}"/g, '"id"')
