import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRegistry, integer } from '../../../../engine/index.js'
import { objectInfo, objectInfoOf } from '../../../../server/comfy/object-info.js'
import { registry, Stubs } from './harness.js'

const infos = objectInfo(registry, { inputFiles: ['a.png', 'sub/b.png'] })

test('object_info tells SaveImage by ComfyUI’s names, and ours as optional', () => {
  const { input, input_order, output_node, name, display_name, python_module } = infos.SaveImage!
  assert.deepEqual(input_order, { required: ['images', 'filename_prefix'], optional: ['format', 'quality'] })
  assert.deepEqual(input.required?.images, ['IMAGE', {}])
  const [type, options] = input.required?.filename_prefix ?? []
  assert.equal(type, 'STRING')
  assert.equal(options?.default, 'ComfyUI')
  assert.deepEqual([name, display_name, output_node, python_module], ['SaveImage', 'Save Image', true, 'nodes'])
})

test('object_info lists the caller’s files in LoadImage, with an upload button', () => {
  const [files, options] = infos.LoadImage?.input.required?.image ?? []
  assert.deepEqual(files, ['a.png', 'sub/b.png'])
  assert.equal(options?.image_upload, true)
  assert.deepEqual(infos.LoadImage?.output.slice(0, 2), ['IMAGE', 'MASK'])
  assert.deepEqual(infos.LoadImage?.output_name.slice(0, 2), ['IMAGE', 'MASK'])
})

test('object_info puts the control for the next seed behind seeds only', () => {
  assert.equal(infos.Seed?.input.optional?.seed?.[1].control_after_generate, true)
  assert.equal(infos.ImageCrop?.input.optional?.x?.[1].control_after_generate, undefined)
})

test('object_info names types as ComfyUI does', () => {
  const types = Object.values(infos.Values?.input.optional ?? {}).map(([type]) => (Array.isArray(type) ? 'list' : type))
  assert.deepEqual(types, ['INT', 'FLOAT', 'STRING', 'BOOLEAN', 'list', 'list', 'INT', '*', 'INT'])
  assert.deepEqual(infos.Values?.input.optional?.mode?.[0], ['a', 'b'])
  assert.deepEqual(infos.Values?.output, ['INT', 'FLOAT', 'STRING', ['a', 'b']])
})

test('object_info gives numbers their limits, and the greatest where they have none', () => {
  const { whole, free } = infos.Values?.input.optional ?? {}
  assert.deepEqual([whole?.[1].min, whole?.[1].max, whole?.[1].step], [0, 10, 1])
  assert.deepEqual([free?.[1].min, free?.[1].max], [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER])
})

test('object_info asks for links, not fields, where a list is taken', () => {
  assert.equal(infos.Values?.input.optional?.wholes?.[1].forceInput, true)
})

test('object_info leaves out a node that cannot be told, and tells the rest', () => {
  const said: string[] = []
  const all = objectInfo(registry, { log: message => said.push(message) })
  assert.equal(all.Broken, undefined)
  assert.ok(all.LoadImage)
  assert.match(said.join('\n'), /Broken is left out of \/object_info: the plugin is broken/)
})

test('object_info has no null anywhere, and each list has an entry for each output', () => {
  for (const [type, info] of Object.entries(infos)) {
    assert.ok(!JSON.stringify(info).includes('null'), type)
    assert.equal(info.name, type)
    for (const list of [info.output, info.output_is_list, info.output_name]) {
      assert.equal(list.length, registry.get(type) && Object.keys(registry.get(type)!.outputs).length, type)
    }
    for (const group of ['required', 'optional'] as const) {
      assert.deepEqual(info.input_order[group] ?? [], Object.keys(info.input[group] ?? {}), type)
    }
  }
})

test('object_info names the pack of a plugin’s node', () => {
  const plugins = createRegistry([
    { name: 'film-grain', version: '1.2.0', nodes: [{ ...Stubs, type: 'film-grain/Grain' }] },
  ])
  const info = objectInfoOf('film-grain/Grain', plugins)
  assert.deepEqual([info?.python_module, info?.display_name], ['custom_nodes.film-grain', 'Grain'])
  assert.equal(objectInfoOf('Nothing', plugins), undefined)
})

test('object_info reads its node’s numbers as they are', () => {
  const counting = createRegistry([
    {
      name: 'one',
      nodes: [{ ...Stubs, type: 'One', inputs: { n: integer({ default: 3, step: 8, hint: 'How many' }) } }],
    },
  ])
  assert.deepEqual(objectInfoOf('One', counting)?.input.optional?.n, [
    'INT',
    { default: 3, min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, step: 8, tooltip: 'How many' },
  ])
})
