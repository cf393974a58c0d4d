import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../serving.js'
import { get } from './calling.js'

const server = await startServer()

const call = async (method: string, path: string, body?: string) => {
  const response = await fetch(server.url + path, { method, ...(body === undefined ? {} : { body }) })
  const text = await response.text()
  return [response.status, text === '' ? undefined : JSON.parse(text)]
}
const put = (file: string, body: string, query = '') =>
  call('POST', `/userdata/${encodeURIComponent(file)}${query}`, body)

test('a file is kept under its path, told, answered, and removed', async () => {
  assert.deepEqual(await put('workflows/first.json', '{"a":1}'), [200, 'workflows/first.json'])
  const response = await fetch(`${server.url}/userdata/workflows%2Ffirst.json`)
  assert.equal(await response.text(), '{"a":1}')
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  assert.deepEqual((await put('workflows/first.json', '{}', '?overwrite=false'))[0], 409)
  assert.deepEqual(await put('workflows/first.json', '{}'), [200, 'workflows/first.json'])
  const [status, info] = await put('workflows/first.json', '{"b":22}', '?full_info=true')
  assert.equal(status, 200)
  assert.deepEqual(
    [info.path, info.size, typeof info.modified, typeof info.created],
    ['workflows/first.json', 8, 'number', 'number'],
  )
  assert.deepEqual(await put('gone.txt', 'x'), [200, 'gone.txt'])
  assert.deepEqual(await call('DELETE', '/userdata/gone.txt'), [204, undefined])
  assert.equal((await call('DELETE', '/userdata/gone.txt'))[0], 404)
  assert.equal((await call('GET', '/userdata/gone.txt'))[0], 404)
})

test('a page that was kept is never shown as one', async () => {
  await put('evil.html', '<script>alert(1)</script>')
  const response = await fetch(`${server.url}/userdata/evil.html`)
  assert.equal(response.headers.get('content-type'), 'application/octet-stream')
  assert.match(response.headers.get('content-disposition') ?? '', /^attachment/)
})

test('folders are listed: flat, deep, with facts, in parts', async () => {
  await put('lists/b.json', '22')
  await put('lists/a.json', '1')
  await put('lists/in/c.json', '333')
  assert.deepEqual((await get(server, '/userdata?dir=lists')).toSorted(), ['a.json', 'b.json'])
  assert.deepEqual((await get(server, '/userdata?dir=lists&recurse=true')).toSorted(), [
    'a.json',
    'b.json',
    'in/c.json',
  ])
  const full = await get(server, '/userdata?dir=lists&full_info=true&split=true')
  assert.deepEqual(full.map(({ size }: { size: number }) => size).toSorted(), [1, 2], 'facts win over parts')
  const parts = await get(server, '/userdata?dir=lists&recurse=true&split=true')
  assert.deepEqual(
    parts.find(([path]: string[]) => path === 'in/c.json'),
    ['in/c.json', 'in', 'c.json'],
  )
  assert.equal((await call('GET', '/userdata'))[0], 400)
  assert.equal((await call('GET', '/userdata?dir=nothing'))[0], 404)
  assert.equal((await call('GET', '/userdata?dir=..'))[0], 403)
  const v2 = await get(server, '/v2/userdata?path=lists')
  assert.deepEqual(
    v2.map(({ name, type, path }: Record<string, string>) => [name, type, path]),
    [
      ['in', 'directory', 'lists/in'],
      ['a.json', 'file', 'lists/a.json'],
      ['b.json', 'file', 'lists/b.json'],
    ],
  )
  assert.deepEqual(await get(server, '/v2/userdata?dir=lists'), v2, 'as one client library calls it')
  assert.equal((await call('GET', '/v2/userdata?path=nothing'))[0], 404)
  assert.ok(Array.isArray(await get(server, '/v2/userdata')))
})

test('a file is moved, over another only if that is wished', async () => {
  await put('from.txt', 'one')
  await put('taken.txt', 'two')
  const move = (from: string, to: string, query = '') => call('POST', `/userdata/${from}/move/${to}${query}`)
  assert.equal((await move('from.txt', 'taken.txt', '?overwrite=false'))[0], 409)
  assert.deepEqual(await move('from.txt', 'moved%2Fto.txt'), [200, 'moved/to.txt'])
  assert.equal((await call('GET', '/userdata/from.txt'))[0], 404)
  assert.equal(await (await fetch(`${server.url}/userdata/moved%2Fto.txt`)).text(), 'one')
  const [status, info] = await move('moved%2Fto.txt', 'taken.txt', '?full_info=true')
  assert.deepEqual([status, info.path, info.size], [200, 'taken.txt', 3])
  assert.equal((await move('nothing.txt', 'x.txt'))[0], 404)
})

test('names that lead out are refused', async () => {
  for (const file of ['../x', '/etc/x', 'a/../../x', 'C:\\x\\y']) assert.equal((await put(file, 'x'))[0], 403, file)
  for (const file of ['a/', 'x\u0000y', 'n'.repeat(300)]) assert.equal((await put(file, 'x'))[0], 400, file)
})

test('settings are merged, one by one and together', async () => {
  assert.deepEqual(await call('POST', '/settings', JSON.stringify({ 'Comfy.A': 1, 'Comfy.B': [2] })), [200, {}])
  assert.deepEqual(await call('POST', '/settings/Comfy.C', '"three"'), [200, {}])
  assert.deepEqual(await call('POST', '/settings/Comfy.A', 'null'), [200, {}])
  assert.deepEqual(await get(server, '/settings'), { 'Comfy.A': null, 'Comfy.B': [2], 'Comfy.C': 'three' })
  assert.deepEqual(await get(server, '/settings/Comfy.B'), [2])
  assert.equal(await get(server, '/settings/toString'), null)
  assert.equal((await call('POST', '/settings/__proto__', '1'))[0], 400)
  assert.equal((await call('POST', '/settings', JSON.stringify({ big: 'x'.repeat(2 ** 20) })))[0], 413)
  assert.deepEqual(await get(server, '/users'), { storage: 'server', migrated: true })
  assert.equal((await call('POST', '/users', '{"username":"x"}'))[0], 400)
})

test('the lists that every editor asks for are there, and nothing of this machine is in them', async () => {
  for (const path of ['/embeddings', '/extensions', '/models', '/experiment/models'])
    assert.ok(Array.isArray(await get(server, path)), path)
  for (const path of [
    '/workflow_templates',
    '/i18n',
    '/global_subgraphs',
    '/node_replacements',
    '/internal/folder_paths',
  ])
    assert.equal(typeof (await get(server, path)), 'object', path)
  assert.ok((await get(server, '/models/onnx')).length > 0)
  assert.equal((await fetch(`${server.url}/models/loras`)).status, 404)
  assert.ok((await get(server, '/experiment/models/onnx'))[0].size > 0)
  const stats = await get(server, '/system_stats')
  assert.ok(stats.system.ram_total > 0 && stats.devices.length === 1)
  for (const name of ['os', 'comfyui_version', 'python_version', 'pytorch_version'])
    assert.equal(typeof stats.system[name], 'string')
  assert.ok(!JSON.stringify(stats).includes(server.home))
  const info = await get(server, '/object_info')
  assert.ok(info.LoadImage && info.SaveImage && !JSON.stringify(info).includes('null'))
  assert.deepEqual(await get(server, '/object_info/Primitive%20boolean%20%5BCrystools%5D'), {})
})
