import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeImage } from '../../../nodes/image/decode.js'
import { readStamp } from '../../../nodes/image/metadata.js'
import { encodePng } from '../../../nodes/image/png.js'
import { loadSharp } from '../../../nodes/image/sharp.js'
import { startServer } from '../serving.js'
import { connect, ended, get, jsonOf, picture, post, send, upload } from './calling.js'

const server = await startServer()

const view = (query: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/view?${new URLSearchParams(query)}`, { headers })
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer())
const red = await picture(40, 20, [200, 10, 20])

/** A picture through the server: as saved and as preview. */
const saving = (name: string, prefix = 'red') => ({
  load: { class_type: 'LoadImage', inputs: { image: name } },
  save: { class_type: 'SaveImage', inputs: { images: ['load', 0], filename_prefix: prefix } },
  show: { class_type: 'PreviewImage', inputs: { images: ['load', 0] } },
})

test('an upload keeps its name; the same bytes under it are the same file, others get a number', async () => {
  const first = await upload(server, '/upload/image', red, 'red.png')
  assert.deepEqual(first, { status: 200, json: { name: 'red.png', subfolder: '', type: 'input' } })
  assert.equal((await upload(server, '/upload/image', red, 'red.png')).json.name, 'red.png')
  const blue = await picture(40, 20, [0, 0, 255])
  assert.equal((await upload(server, '/upload/image', blue, 'red.png')).json.name, 'red (1).png')
  assert.equal((await upload(server, '/upload/image', blue, 'red.png', { overwrite: 'true' })).json.name, 'red.png')
  assert.equal((await upload(server, '/upload/image', red, 'red.png', { overwrite: '1' })).json.name, 'red.png')
  const inside = await upload(server, '/upload/image', blue, 'blue.png', { subfolder: 'a/b', type: 'temp' })
  assert.deepEqual(inside.json, { name: 'blue.png', subfolder: 'a/b', type: 'temp' })
  assert.equal((await view({ filename: 'blue.png', subfolder: 'a/b', type: 'temp' })).status, 200)
  assert.equal((await view({ filename: 'blue.png', type: 'temp' })).status, 404)
})

test('uploads that are no picture, have no file or lead out are refused', async () => {
  const status = async (...args: [Uint8Array, string, Record<string, string>?]) =>
    (await upload(server, '/upload/image', ...args)).status
  assert.equal(await status(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'x.svg'), 400)
  assert.equal(await status(red, 'x.png', { subfolder: '../up' }), 403)
  assert.equal(await status(red, 'x.png', { subfolder: '/etc' }), 403)
  assert.equal(await status(red, 'x.png', { subfolder: 'C:\\x' }), 403)
  assert.equal(await status(red, 'x.png', { type: 'models' }), 400)
  const form = new FormData()
  form.append('type', 'input')
  assert.equal((await fetch(`${server.url}/upload/image`, { method: 'POST', body: form })).status, 400)
})

test('what a prompt saves has ComfyUI’s name, and carries prompt and workflow', async () => {
  const prompt = saving('red.png')
  const extra_data = { extra_pnginfo: { workflow: { id: 'größer', nodes: [] } } }
  const id = await send(server, prompt, { extra_data })
  const { outputs } = await ended(server, id)
  assert.deepEqual(outputs.save.images, [{ filename: 'red_00001_.png', subfolder: '', type: 'output' }])
  const [preview] = outputs.show.images
  assert.match(preview.filename, /^ComfyUI_temp_[a-z]{5}_00001_\.webp$/)
  assert.equal(preview.type, 'temp')
  for (const image of [outputs.save.images[0], preview]) {
    const response = await view(image)
    assert.match(response.headers.get('content-disposition') ?? '', new RegExp(`filename="${image.filename}"`))
    const bytes = await bytesOf(response)
    const stamp = readStamp(bytes)
    assert.deepEqual(JSON.parse(stamp.prompt ?? ''), prompt)
    assert.deepEqual(JSON.parse(stamp.workflow ?? ''), extra_data.extra_pnginfo.workflow)
    const { width, height } = await decodeImage(bytes)
    assert.deepEqual([width, height], [40, 20])
  }
})

test('names count on for each prefix; a remembered result keeps its own; a prefix may begin with a folder', async () => {
  const names = async (prompt: unknown) => {
    const { outputs } = await ended(server, await send(server, prompt))
    return outputs.save.images.map(({ subfolder, filename }: Record<string, string>) => `${subfolder}/${filename}`)
  }
  await upload(server, '/upload/image', await picture(8, 8, [1, 2, 3]), 'small.png')
  assert.deepEqual(await names(saving('small.png', 'count')), ['/count_00001_.png'])
  assert.deepEqual(await names(saving('small.png', 'count')), ['/count_00001_.png'], 'the same prompt again')
  assert.deepEqual(await names(saving('red.png', 'count')), ['/count_00002_.png'])
  assert.deepEqual(await names(saving('small.png', 'faces/%width%x%height%')), ['faces/8x8_00001_.png'])
})

test('many prompts that end together get each a name of its own', async () => {
  const prompts = [1, 2, 3, 4, 5, 6].map(salt => ({
    ...saving('small.png', 'many'),
    s: { class_type: 'Echo', inputs: { value: salt } },
  }))
  const ids = await Promise.all(prompts.map(prompt => send(server, prompt)))
  const entries = await Promise.all(ids.map(id => ended(server, id)))
  const names = entries.flatMap(({ outputs }) =>
    outputs.save.images.map(({ filename }: { filename: string }) => filename),
  )
  assert.equal(new Set(names).size, 6)
  assert.deepEqual(
    names.toSorted(),
    [1, 2, 3, 4, 5, 6].map(number => `many_0000${number}_.png`),
  )
})

test('results and previews can go into the next prompt, by annotated names', async () => {
  const { outputs } = await ended(server, await send(server, saving('red_00001_.png [output]', 'again')))
  assert.deepEqual(outputs.save.images, [{ filename: 'again_00001_.png', subfolder: '', type: 'output' }])
})

test('a prompt that names no file of the caller’s is refused', async () => {
  for (const name of ['missing.png', '../red.png', '/etc/passwd', 'red.png [temp]']) {
    const response = await fetch(`${server.url}/prompt`, {
      method: 'POST',
      body: JSON.stringify({ prompt: saving(name) }),
    })
    assert.equal(response.status, 400, name)
    assert.equal((await jsonOf(response)).node_errors.load.class_type, 'LoadImage')
  }
})

test('nodes that load pictures offer the caller’s input files', async () => {
  const { LoadImage } = await get(server, '/object_info/LoadImage')
  const [choices] = LoadImage.input.required.image
  assert.ok(choices.includes('red.png') && choices.includes('red (1).png'))
})

test('a view names a file by name, subfolder and type, and nothing else', async () => {
  const status = async (query: Record<string, string>) => {
    const response = await view(query)
    if (response.status >= 400) assert.ok((await jsonOf(response)).error, 'refusals are JSON')
    return response.status
  }
  assert.equal(await status({ filename: 'red.png [input]' }), 200)
  assert.equal(await status({ filename: 'red.png', type: 'input' }), 200)
  assert.equal(await status({ filename: 'x/red.png', type: 'input' }), 200, 'the folder in a name is dropped')
  assert.equal(await status({ filename: '%252e%252e/red.png', type: 'input' }), 200)
  assert.equal(await status({ filename: 'red.png' }), 404)
  assert.equal(await status({ type: 'input' }), 404)
  assert.equal(await status({ filename: '', type: 'input' }), 400)
  assert.equal(await status({ filename: '/etc/passwd', type: 'input' }), 400)
  for (const name of ['../red.png', '..\\red.png', '....//red.png', '..%2fred.png'])
    assert.equal(await status({ filename: name, type: 'input' }), 400, name)
  for (const name of ['C:\\windows\\win.ini', '\\\\host\\s', 'CON', 'red.png\0', 'x'.repeat(300)])
    assert.ok([400, 404].includes(await status({ filename: name, type: 'input' })), name)
  assert.equal(await status({ filename: 'red.png', type: 'models' }), 400)
  for (const subfolder of ['..', '../..', 'a/../../..', '/etc', 'C:\\'])
    assert.equal(await status({ filename: 'red.png', type: 'input', subfolder }), 403, subfolder)
  assert.equal((await fetch(`${server.url}/view_metadata/loras?filename=x.safetensors`)).status, 404)
})

test('a view is asked for again by its tag, each form and each content by its own', async () => {
  await upload(server, '/upload/image', red, 'tag.png')
  const tag = async (more: Record<string, string> = {}) =>
    (await view({ filename: 'tag.png', type: 'input', ...more })).headers.get('etag') ?? ''
  const first = await tag()
  const response = await view({ filename: 'tag.png', type: 'input' })
  assert.equal(response.headers.get('cache-control'), 'no-cache')
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  for (const header of [first, `W/${first}`, `"other", ${first}`, '*']) {
    const known = await view({ filename: 'tag.png', type: 'input' }, { 'If-None-Match': header })
    assert.equal(known.status, 304, header)
    assert.equal((await bytesOf(known)).length, 0)
  }
  assert.equal((await view({ filename: 'tag.png', type: 'input' }, { 'If-None-Match': '"other"' })).status, 200)
  const tags = [first, await tag({ preview: 'webp;50' }), await tag({ channel: 'a' }), await tag({ res: '8' })]
  assert.equal(new Set(tags).size, 4)
  await upload(server, '/upload/image', await picture(3, 3, [1, 1, 1]), 'tag.png', { overwrite: 'true' })
  assert.notEqual(await tag(), first)
})

const halves = await (async () => {
  const data = new Uint8Array(4 * 2 * 4)
  for (let i = 0; i < 8; i++) data.set([250, 100, 50, i % 4 < 2 ? 0 : 128], i * 4)
  return encodePng({ width: 4, height: 2, channels: 4, data })
})()

test('channels are shown exactly: colour without alpha, alpha without colour', async () => {
  await upload(server, '/upload/image', halves, 'halves.png')
  const shown = async (channel: string, more: object = {}) =>
    decodeImage(await bytesOf(await view({ filename: 'halves.png', type: 'input', channel, ...more })))
  const rgb = await shown('rgb')
  assert.equal(rgb.channels, 3)
  assert.deepEqual([...rgb.data.slice(0, 3)], [250, 100, 50], 'colour is there where alpha is 0')
  const alpha = await shown('a')
  assert.deepEqual([...alpha.data.slice(0, 4)], [0, 0, 0, 0])
  assert.deepEqual([...alpha.data.slice(8, 12)], [0, 0, 0, 128])
  const webp = await shown('a', { preview: 'jpeg' })
  assert.deepEqual([webp.data[3], webp.data[11]], [0, 128], 'a JPEG has no alpha, so it is WebP')
  const opaque = decodeImage(await bytesOf(await view({ filename: 'red.png', type: 'input', channel: 'a' })))
  assert.deepEqual([...(await opaque).data.slice(0, 4)], [0, 0, 0, 255])
})

test('previews are WebP or JPEG; sizes only ever go down', async () => {
  const sharp = await loadSharp()
  const metaOf = async (query: Record<string, string>) => {
    const response = await view({ filename: 'red.png', type: 'input', ...query })
    const { format, width, height } = await sharp(await bytesOf(response)).metadata()
    assert.equal(response.headers.get('content-type'), `image/${format}`)
    return [format, width, height]
  }
  assert.deepEqual(await metaOf({ preview: 'webp' }), ['webp', 40, 20])
  assert.deepEqual(await metaOf({ preview: 'jpeg;70' }), ['jpeg', 40, 20])
  assert.deepEqual(await metaOf({ preview: 'bmp' }), ['webp', 40, 20])
  assert.deepEqual(await metaOf({ res: '10' }), ['jpeg', 10, 5])
  assert.deepEqual(await metaOf({ res: '400' }), ['jpeg', 40, 20])
  assert.deepEqual(await metaOf({ res: '10', preview: 'webp' }), ['jpeg', 10, 5], 'a size wins over a preview')
  assert.deepEqual(await metaOf({ res: '10', channel: 'rgb' }), ['png', 40, 20])
  for (const res of ['0', '-4', 'x', '1.5']) assert.deepEqual(await metaOf({ res }), ['png', 40, 20])
})

test('a mask puts its alpha into the picture and loses no colour', async () => {
  const mask = await encodePng({
    width: 4,
    height: 2,
    channels: 4,
    data: new Uint8Array(32).map((_, i) => (i % 8 === 7 ? 255 : 0)),
  })
  const base = await picture(4, 2, [9, 8, 7])
  await upload(server, '/upload/image', base, 'base.png')
  for (const field of ['original_ref', 'originalRef']) {
    const reference = JSON.stringify({ filename: 'base.png', type: 'input' })
    const { status, json } = await upload(server, '/upload/mask', mask, 'masked.png', {
      [field]: reference,
      subfolder: 'clipspace',
    })
    assert.deepEqual([status, json], [200, { name: 'masked.png', subfolder: 'clipspace', type: 'input' }])
    const { data, channels } = await decodeImage(await bytesOf(await view({ ...json, filename: json.name })))
    assert.equal(channels, 4)
    assert.deepEqual([...data.slice(0, 8)], [9, 8, 7, 0, 9, 8, 7, 255])
  }
})

test('a mask for what is not there, leads out or has another size is refused, and nothing is kept', async () => {
  const mask = await picture(4, 2, [0, 0, 0, 255])
  const status = async (reference: string) =>
    (await upload(server, '/upload/mask', mask, 'never.png', { original_ref: reference })).status
  assert.equal(await status(JSON.stringify({ filename: '../base.png', type: 'input' })), 400)
  assert.equal(await status('no json'), 400)
  assert.equal(await status(JSON.stringify({ filename: 'base.png', subfolder: '../..', type: 'input' })), 403)
  assert.equal(await status(JSON.stringify({ filename: 'base.png' })), 404, 'the folder is output unless said')
  assert.equal(await status(JSON.stringify({ filename: 'red.png', type: 'input' })), 400)
  assert.equal((await view({ filename: 'never.png', type: 'input' })).status, 404)
})

test('a picture that a browser’s canvas blackened under its mask gets its colours back', async () => {
  const whole = await picture(2, 1, [9, 8, 7, 255])
  const masked = await encodePng({ width: 2, height: 1, channels: 4, data: Uint8Array.of(0, 0, 0, 0, 9, 8, 7, 255) })
  const straight = await encodePng({ width: 2, height: 1, channels: 4, data: Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 255) })
  const pixels = async (bytes: Uint8Array, name: string) => {
    const { json } = await upload(server, '/upload/image', bytes, name, { subfolder: 'clipspace' })
    return [...(await decodeImage(await bytesOf(await view({ ...json, filename: json.name })))).data]
  }
  await pixels(whole, 'clipspace-painted-1.png')
  assert.deepEqual(await pixels(masked, 'clipspace-painted-masked-1.png'), [9, 8, 7, 0, 9, 8, 7, 255])
  assert.deepEqual(
    await pixels(masked, 'clipspace-painted-masked-2.png'),
    [0, 0, 0, 0, 9, 8, 7, 255],
    'without a sibling',
  )
  assert.deepEqual(await pixels(masked, 'another-1.png'), [0, 0, 0, 0, 9, 8, 7, 255], 'of another name')
  await pixels(whole, 'clipspace-painted-3.png')
  assert.deepEqual(await pixels(straight, 'clipspace-painted-masked-3.png'), [1, 2, 3, 0, 4, 5, 6, 255])
  await pixels(await picture(3, 1, [5, 5, 5]), 'clipspace-painted-4.png')
  assert.deepEqual(
    await pixels(masked, 'clipspace-painted-masked-4.png'),
    [0, 0, 0, 0, 9, 8, 7, 255],
    'of another size',
  )
})

test('the newest files of a folder come first', async () => {
  const names = await get(server, '/internal/files/input')
  assert.ok(names.indexOf('base.png') < names.indexOf('small.png'))
  assert.equal((await fetch(`${server.url}/internal/files/models`)).status, 400)
})

test('events tell of saved pictures as the history does', async () => {
  const socket = await connect(server, '?clientId=pictures')
  const id = await send(server, saving('red.png', 'told'), { client_id: 'pictures' })
  await socket.over(id)
  const executed = socket.told.filter(({ type }) => type === 'executed')
  assert.deepEqual(executed.map(({ data }) => data.node).toSorted(), ['save', 'show'])
  const { outputs } = (await get(server, `/history/${id}`))[id]
  for (const { data } of executed) assert.deepEqual(data.output, outputs[data.node])
})

test('who forgets a prompt forgets its previews, and keeps what it saved', async () => {
  const id = await send(server, saving('red.png', 'kept'))
  const { outputs } = await ended(server, id)
  await post(server, '/history', { delete: [id] })
  assert.equal((await view(outputs.show.images[0])).status, 404)
  const saved = await view(outputs.save.images[0])
  assert.equal(saved.status, 200)
  assert.ok(readStamp(await bytesOf(saved)).prompt, 'with its prompt inside')
})
