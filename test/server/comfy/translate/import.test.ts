import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidWorkflow, type Workflow } from '../../../../engine/index.js'
import { importPrompt } from '../../../../server/comfy/prompt-import.js'
import { kindOfDocument, parseJson, readComfyDocument } from '../../../../server/comfy/read-document.js'
import { uiToWorkflow } from '../../../../server/comfy/ui-to-workflow.js'
import { workflowToUi } from '../../../../server/comfy/workflow-to-ui.js'
import { node, registry } from './harness.js'
import { file04, file10, load, save, subgraph, uiNode } from './ui-files.js'

const nodesOf = (file: unknown) => uiToWorkflow(file, registry).nodes
const refused = (act: () => unknown, message: RegExp) =>
  assert.throws(act, error => error instanceof InvalidWorkflow && message.test(error.message))

//  load ──► overlay (bypassed) ──► save      save (muted)
test('a file of ComfyUI’s editor becomes a workflow: muted and bypassed nodes stay so, notes and reroutes go', () => {
  const nodes = [
    load(1),
    uiNode(2, 'MaskOverlay', {
      mode: 4,
      inputs: [
        ['image', 'IMAGE', 1],
        ['mask', 'MASK', 2],
      ],
      outputs: [['image', 'IMAGE']],
      widgets: [0.25],
    }),
    uiNode(7, 'Reroute', { inputs: [['', '*', 3]], outputs: [['', 'IMAGE']] }),
    save(3, 4, { widgets: ['anna/face'] }),
    save(4, null, { mode: 2 }),
    uiNode(9, 'Note', { widgets: ['hello'] }),
  ]
  const links = [
    [1, 1, 0, 2, 0, 'IMAGE'],
    [2, 1, 1, 2, 1, 'MASK'],
    [3, 2, 0, 7, 0, '*'],
    [4, 7, 0, 3, 0, 'IMAGE'],
  ] as const
  const expected = {
    1: { type: 'LoadImage', inputs: { image: 'photo.png' } },
    2: {
      type: 'MaskOverlay',
      inputs: { image: { node: '1', output: 'image' }, mask: { node: '1', output: 'mask' }, opacity: 0.25 },
      bypass: true,
    },
    3: { type: 'SaveImage', inputs: { image: { node: '2', output: 'image' }, name: 'face' } },
    4: { type: 'SaveImage', inputs: { name: 'ComfyUI' }, mute: true },
  }
  assert.deepEqual(nodesOf(file04(nodes, links)), expected)
  assert.deepEqual(nodesOf(file10(nodes, links)), expected)
})

test('a primitive’s value is written where it went', () => {
  const nodes = [
    uiNode(1, 'PrimitiveNode', { outputs: [['INT', 'INT']], widgets: [9, 'randomize'] }),
    uiNode(2, 'Seed', { inputs: [['seed', 'INT', 1, 'widget']], widgets: [1, 'fixed'] }),
  ]
  assert.deepEqual(nodesOf(file04(nodes, [[1, 1, 0, 2, 0, 'INT']])), { 2: { type: 'Seed', inputs: { seed: 9 } } })
})

test('values come converted; what cannot be is left for its owner to see', () => {
  const found = nodesOf(
    file04([uiNode(2, 'Values', { widgets: { whole: '5', real: 'x', mode: 'z', on: 1, words: null } })], []),
  )
  assert.deepEqual(found[2]?.inputs, { whole: 5, real: 'x', mode: 'z', on: true })
})

const part = (more: object = {}) =>
  subgraph(
    'c0ffee00-0000-4000-8000-000000000001',
    {
      inputs: [
        ['picture', 'IMAGE'],
        ['size', 'INT'],
      ],
      outputs: [['result', 'IMAGE']],
    },
    [
      uiNode(5, 'ImageResize', {
        inputs: [
          ['image', 'IMAGE', 1],
          ['width', 'INT', 2, 'widget'],
          ['height', 'INT', 3, 'widget'],
        ],
        outputs: [['image', 'IMAGE']],
        widgets: [64, 64, 0, 'fill'],
      }),
    ],
    [
      [1, -10, 0, 5, 0, 'IMAGE'],
      [2, -10, 1, 5, 1, 'INT'],
      [3, -10, 1, 5, 2, 'INT'],
      [4, 5, 0, -20, 0, 'IMAGE'],
    ],
    { name: 'Shrink', ...more },
  )
const whole = (definition: { id: string }, parts: object = {}) =>
  file04(
    [
      load(1),
      uiNode(2, definition.id, {
        inputs: [
          ['picture', 'IMAGE', 1],
          ['size', 'INT', null, 'widget'],
        ],
        outputs: [['result', 'IMAGE']],
        widgets: [32],
        ...parts,
      }),
      save(3, 2),
    ],
    [
      [1, 1, 0, 2, 0, 'IMAGE'],
      [2, 2, 0, 3, 0, 'IMAGE'],
    ],
    { definitions: { subgraphs: [definition] } },
  )

test('a subgraph becomes a component', () => {
  const workflow = uiToWorkflow(whole(part()), registry)
  assert.deepEqual(workflow.nodes[2], {
    type: 'component/Shrink',
    inputs: { picture: { node: '1', output: 'image' }, size: 32 },
  })
  assert.deepEqual(workflow.nodes[3]?.inputs?.image, { node: '2', output: 'result' })
  assert.deepEqual(workflow.components, {
    Shrink: {
      nodes: { 5: { type: 'ImageResize', inputs: { width: 64, height: 64, longest: 0, fit: 'fill' } } },
      inputs: {
        picture: [{ node: '5', input: 'image' }],
        size: [
          { node: '5', input: 'width' },
          { node: '5', input: 'height' },
        ],
      },
      outputs: { result: { node: '5', output: 'image' } },
    },
  })
})

test('a subgraph that a component cannot be comes as the nodes inside', () => {
  const proxied = whole(part(), { widgets: ['inside'], properties: { proxyWidgets: [['5', 'fit']] } })
  const workflow = uiToWorkflow(proxied, registry)
  assert.equal(workflow.components, undefined)
  assert.deepEqual(Object.keys(workflow.nodes).sort(), ['1', '2:5', '3'])
  assert.equal(workflow.nodes['2:5']?.inputs?.fit, 'inside')
})

test('so does one that hands an input straight on', () => {
  const through = subgraph(
    'id',
    { inputs: [['a', 'IMAGE']], outputs: [['b', 'IMAGE']] },
    [],
    [[1, -10, 0, -20, 0, 'IMAGE']],
  )
  const file = file04(
    [load(1), uiNode(2, 'id', { inputs: [['a', 'IMAGE', 1]], outputs: [['b', 'IMAGE']] }), save(3, 2)],
    [
      [1, 1, 0, 2, 0, 'IMAGE'],
      [2, 2, 0, 3, 0, 'IMAGE'],
    ],
    { definitions: { subgraphs: [through] } },
  )
  assert.deepEqual(nodesOf(file)[3]?.inputs?.image, { node: '1', output: 'image' })
})

test('two subgraphs of one name are two components, and one that nothing uses keeps nothing from being read', () => {
  const other = { ...part(), id: 'other' }
  const broken = subgraph('broken', {}, [uiNode(1, 'KSampler')], [])
  const file = whole(part())
  const workflow = uiToWorkflow({ ...file, definitions: { subgraphs: [part(), other, broken] } }, registry)
  assert.deepEqual(Object.keys(workflow.components ?? {}), ['Shrink', 'Shrink 2'])
})

test('a node that is not installed is named, for its outputs have no names', () => {
  refused(
    () => nodesOf(file04([uiNode(4, 'LoadImag')], [])),
    /Node "4" is of type "LoadImag".*Did you mean "LoadImage"/,
  )
  refused(() => importPrompt({ 4: node('KSampler') }, registry), /KSampler/)
})

test('links of a prompt that lead nowhere are all named', () => {
  const prompt = { 1: node('Keep', { value: ['9', 0] }), 2: node('Keep', { value: ['1', 3] }) }
  refused(() => importPrompt(prompt, registry), /node "9"(.|\n)*output 3 of node "1"/)
})

const ours: Workflow = {
  version: 1,
  name: 'Mine',
  nodes: {
    photo: { type: 'LoadImage' },
    crop: { type: 'ImageCrop', inputs: { image: { node: 'photo', output: 'image' }, x: [1, 2] } },
    keep: { type: 'SaveImage', inputs: { image: { node: 'crop', output: 'image' } } },
  },
  parameters: {
    left: { targets: [{ node: 'crop', input: 'x' }] },
    name: { targets: [{ node: 'keep', input: 'name' }] },
  },
  layout: { zoom: 2 },
}
const exported = () => JSON.parse(JSON.stringify(workflowToUi(ours, registry)))

test('what is edited in ComfyUI’s editor wins over our copy, the rest comes from the copy', () => {
  const file = exported()
  const crop = file.nodes.find(({ type }: { type: string }) => type === 'ImageCrop')
  const width = crop.inputs
    .filter((slot: object) => 'widget' in slot)
    .findIndex(({ name }: { name: string }) => name === 'width')
  crop.widgets_values[width] = 99
  const workflow = uiToWorkflow(file, registry)
  assert.deepEqual(workflow.nodes.crop?.inputs, { image: { node: 'photo', output: 'image' }, x: [1, 2], width: 99 })
  assert.deepEqual(workflow.nodes.keep, ours.nodes.keep)
})

test('a node that is copied in ComfyUI’s editor gets an id of its own', () => {
  const file = exported()
  const crop = file.nodes.find(({ type }: { type: string }) => type === 'ImageCrop')
  file.nodes.push({ ...crop, id: 77 })
  assert.deepEqual(Object.keys(nodesOf(file)).sort(), ['77', 'crop', 'keep', 'photo'])
})

test('a node that is removed in ComfyUI’s editor takes its parameters along', () => {
  const file = exported()
  file.nodes = file.nodes.filter(({ type }: { type: string }) => type !== 'ImageCrop')
  const workflow = uiToWorkflow(file, registry)
  assert.deepEqual(Object.keys(workflow.parameters ?? {}), ['name'])
  assert.equal(workflow.name, 'Mine')
  assert.deepEqual(workflow.layout, { zoom: 2 })
  assert.equal(workflow.nodes.keep?.inputs, undefined)
})

test('a document is known by its form', () => {
  assert.equal(kindOfDocument(ours), 'workflow')
  assert.equal(kindOfDocument(exported()), 'ui-0.4')
  assert.equal(kindOfDocument(file10([], [])), 'ui-1.0')
  assert.equal(kindOfDocument({ 1: node('Keep') }), 'prompt')
  assert.equal(kindOfDocument({ nodes: node('Keep'), version: node('Keep') }), 'prompt')
  for (const other of [null, [], 5, {}, { a: 1 }, { version: 1 }, { 1: { inputs: {} } }]) {
    assert.equal(kindOfDocument(other), undefined)
  }
})

test('any document that carries a workflow is read', () => {
  const read = (document: unknown) => readComfyDocument(JSON.stringify(document), registry)
  assert.deepEqual(read(ours), { kind: 'workflow', workflow: ours })
  assert.deepEqual(read(exported()), { kind: 'ui-0.4', workflow: ours })
  assert.deepEqual(read({ 1: node('Keep', { value: 5 }) }), {
    kind: 'prompt',
    workflow: { version: 1, nodes: { 1: { type: 'Keep', inputs: { value: 5 } } } },
  })
  refused(() => read({ hello: 'world' }), /has the form of none/)
  refused(() => readComfyDocument('{', registry), /cannot be read/)
})

test('NaN and Infinity, as Python writes them into pictures, are read as null', () => {
  const text = '{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \\" Infinity", "d": "\\\\"}'
  assert.deepEqual(parseJson(text), { a: null, b: [null, null], c: 'NaN " Infinity', d: '\\' })
  const prompt = '{"1": {"class_type": "Keep", "inputs": {"value": 5}, "is_changed": [NaN]}}'
  assert.equal(readComfyDocument(prompt, registry).kind, 'prompt')
})
