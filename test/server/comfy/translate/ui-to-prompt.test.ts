import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidWorkflow } from '../../../../engine/index.js'
import { uiToPrompt } from '../../../../server/comfy/ui-to-prompt.js'
import { registry, translate } from './harness.js'
import { file04, file10, load, save, subgraph, uiNode } from './ui-files.js'

/** The inputs of every node of the prompt. */
const inputsOf = (file: unknown) =>
  Object.fromEntries(Object.entries(uiToPrompt(file, registry)).map(([id, { inputs }]) => [id, inputs]))

const resize = (id: number, link: number | null, parts: object = {}) =>
  uiNode(id, 'ImageResize', {
    inputs: [['image', 'IMAGE', link]],
    outputs: [['image', 'IMAGE']],
    widgets: [640, 0, 0, 'inside'],
    ...parts,
  })

//  load ──► resize ──► save
const line = [load(1), resize(2, 1), save(3, 2)]
const links = [
  [1, 1, 0, 2, 0, 'IMAGE'],
  [2, 2, 0, 3, 0, 'IMAGE'],
] as const

const expected = {
  1: { image: 'photo.png' },
  2: { width: 640, height: 0, longest: 0, fit: 'inside', image: ['1', 0] },
  3: { filename_prefix: 'ComfyUI', images: ['2', 0] },
}

test('a file of format 0.4 becomes the prompt that the editor would send, and can run', async () => {
  const prompt = uiToPrompt(file04(line, links), registry)
  assert.deepEqual(prompt[3], {
    class_type: 'SaveImage',
    inputs: expected[3],
    _meta: { title: 'Save Image' },
  })
  assert.deepEqual(inputsOf(file04(line, links)), expected)
  assert.equal((await translate(prompt)).error, undefined)
})

test('a file of format 1.0 gives the same, and its native reroutes change nothing', () => {
  assert.deepEqual(inputsOf(file10(line, links)), expected)
})

test('native reroutes in the extra part of a 0.4 file change nothing', () => {
  const extra = { linkExtensions: [{ id: 1, parentId: 1 }], reroutes: [{ id: 1, pos: [1, 1], linkIds: [1] }] }
  assert.deepEqual(inputsOf(file04(line, links, { extra })), expected)
})

test('the control behind a seed is passed over, also where an old file lacks it', () => {
  const seed = (widgets: unknown[]) => inputsOf(file04([uiNode(1, 'Seed', { widgets })], []))[1]
  assert.deepEqual(seed([7, 'randomize']), { seed: 7 })
  assert.deepEqual(seed([7]), { seed: 7 })
})

test('the button behind a file is passed over, also where an old file lacks it', () => {
  const picture = (widgets: unknown[]) => inputsOf(file04([uiNode(1, 'Picture', { widgets })], []))[1]
  assert.deepEqual(picture(['photo.png', 'image', 'mine']), { file: 'photo.png', note: 'mine' })
  assert.deepEqual(picture(['photo.png', 'mine']), { file: 'photo.png', note: 'mine' })
})

test('widgets may be written by name', () => {
  const node = uiNode(1, 'ImageResize', { widgets: { fit: 'cover', height: 9 } })
  assert.deepEqual(inputsOf(file04([node], [])), { 1: { fit: 'cover', height: 9 } })
})

test('a widget that is turned into an input is linked, and keeps its value when the link leads nowhere', () => {
  const widgets = [640, 480, 0, 'inside']
  const inputs = [
    ['image', 'IMAGE'],
    ['width', 'INT', 1, 'widget'],
    ['height', 'INT', 2, 'widget'],
  ] as const
  const nodes = [
    uiNode(1, 'FaceDetect', {
      outputs: [
        ['faces', 'FACE'],
        ['count', 'INT'],
      ],
    }),
    resize(2, null, { inputs, widgets }),
  ]
  const found = inputsOf(file04(nodes, [[1, 1, 1, 2, 1, 'INT']]))[2]
  assert.deepEqual(found, { width: ['1', 1], height: 480, longest: 0, fit: 'inside' })
})

test('reroutes are seen through, also several and in a circle', () => {
  const reroute = (id: number, link: number) =>
    uiNode(id, 'Reroute', { inputs: [['', '*', link]], outputs: [['', 'IMAGE']] })
  const through = file04(
    [load(1), reroute(5, 1), reroute(6, 2), save(3, 3)],
    [
      [1, 1, 0, 5, 0, '*'],
      [2, 5, 0, 6, 0, '*'],
      [3, 6, 0, 3, 0, 'IMAGE'],
    ],
  )
  assert.deepEqual(inputsOf(through)[3]?.images, ['1', 0])
  const circle = file04(
    [reroute(5, 2), reroute(6, 1), save(3, 3)],
    [
      [1, 5, 0, 6, 0, '*'],
      [2, 6, 0, 5, 0, '*'],
      [3, 6, 0, 3, 0, 'IMAGE'],
    ],
  )
  assert.deepEqual(inputsOf(circle), { 3: { filename_prefix: 'ComfyUI' } })
})

test('a primitive gives its value to all that it feeds, a list wrapped', () => {
  const primitive = (value: unknown) =>
    file04(
      [
        uiNode(1, 'PrimitiveNode', { outputs: [['INT', 'INT']], widgets: [value, 'fixed'] }),
        resize(2, null, {
          inputs: [
            ['width', 'INT', 1, 'widget'],
            ['height', 'INT', 2, 'widget'],
          ],
        }),
      ],
      [
        [1, 1, 0, 2, 0, 'INT'],
        [2, 1, 0, 2, 1, 'INT'],
      ],
    )
  const { width, height } = inputsOf(primitive(12))[2] ?? {}
  assert.deepEqual([width, height], [12, 12])
  assert.deepEqual(inputsOf(primitive([1, 2]))[2]?.width, { __value__: [1, 2] })
})

test('notes, muted nodes and links from them do not reach the prompt', () => {
  const notes = [uiNode(8, 'Note', { widgets: ['hello'] }), uiNode(9, 'MarkdownNote', { widgets: ['# hello'] })]
  const found = inputsOf(file04([load(1), resize(2, 1, { mode: 2 }), save(3, 2), ...notes], links))
  assert.deepEqual(found, { 1: { image: 'photo.png' }, 3: { filename_prefix: 'ComfyUI' } })
})

test('modes other than mute and bypass run', () => {
  assert.deepEqual(inputsOf(file04([load(1), resize(2, 1, { mode: 3 }), save(3, 2)], links)), expected)
})

test('a bypassed node hands its input on', () => {
  const found = inputsOf(file04([load(1), resize(2, 1, { mode: 4 }), save(3, 2)], links))
  assert.deepEqual(found, { 1: { image: 'photo.png' }, 3: { filename_prefix: 'ComfyUI', images: ['1', 0] } })
})

//  load.IMAGE ──► a ┐
//  load.MASK  ──► b ┴ bypassed ──► taker
const bypassed = (inputs: [string, string][], outputs: [string, string][], slot: number, wanted: string) =>
  inputsOf(
    file04(
      [
        load(1),
        uiNode(2, 'MaskOverlay', {
          mode: 4,
          inputs: inputs.map(([name, type], index) => [name, type, index + 1] as const),
          outputs,
        }),
        uiNode(3, 'Values', { inputs: [['any', wanted, 9]] }),
      ],
      [...inputs.map(([, type], index) => [index + 1, 1, index, 2, index, type] as const), [9, 2, slot, 3, 0, wanted]],
    ),
  )[3]?.any

test('of a bypassed node’s inputs the one at the same place is taken if it fits', () => {
  assert.deepEqual(
    bypassed(
      [
        ['a', 'IMAGE'],
        ['b', 'IMAGE'],
      ],
      [
        ['x', 'MASK'],
        ['y', 'IMAGE'],
      ],
      1,
      'IMAGE',
    ),
    ['1', 1],
  )
})

test('else the first of the wanted type', () => {
  assert.deepEqual(
    bypassed(
      [
        ['a', 'MASK'],
        ['b', 'IMAGE'],
        ['c', 'IMAGE'],
      ],
      [['x', 'IMAGE']],
      0,
      'IMAGE',
    ),
    ['1', 1],
  )
})

test('else the first that is compatible', () => {
  assert.deepEqual(
    bypassed(
      [
        ['a', 'MASK'],
        ['b', 'LATENT,IMAGE'],
      ],
      [['x', 'IMAGE']],
      0,
      'IMAGE',
    ),
    ['1', 1],
  )
})

test('for a wildcard the one at the same place, else the first', () => {
  assert.deepEqual(
    bypassed(
      [
        ['a', 'MASK'],
        ['b', 'IMAGE'],
      ],
      [
        ['x', 'A'],
        ['y', 'B'],
      ],
      1,
      '*',
    ),
    ['1', 1],
  )
  assert.deepEqual(
    bypassed(
      [['a', 'MASK']],
      [
        ['x', 'A'],
        ['y', 'B'],
      ],
      1,
      '*',
    ),
    ['1', 0],
  )
})

test('and when none fits the input stays open', () => {
  assert.equal(bypassed([['a', 'MASK']], [['x', 'IMAGE']], 0, 'IMAGE'), undefined)
})

//  load ──► [ image ► resize ► image ] ──► save
const inner = subgraph(
  'c0ffee00-0000-4000-8000-000000000001',
  {
    inputs: [
      ['image', 'IMAGE'],
      ['width', 'INT'],
    ],
    outputs: [['image', 'IMAGE']],
  },
  [
    resize(5, 1, {
      inputs: [
        ['image', 'IMAGE', 1],
        ['width', 'INT', 2, 'widget'],
      ],
    }),
  ],
  [
    [1, -10, 0, 5, 0, 'IMAGE'],
    [2, -10, 1, 5, 1, 'INT'],
    [3, 5, 0, -20, 0, 'IMAGE'],
  ],
)
const instance = (id: number, parts: object = {}) =>
  uiNode(id, inner.id, {
    inputs: [
      ['image', 'IMAGE', 1],
      ['width', 'INT', null, 'widget'],
    ],
    outputs: [['image', 'IMAGE']],
    ...parts,
  })
const around = (node: object, definitions: readonly object[] = [inner]) =>
  file04([load(1), node, save(3, 2)], links, { definitions: { subgraphs: definitions } })

test('a subgraph’s nodes are named with the outer node’s id, and links go through its border', () => {
  const found = inputsOf(around(instance(2)))
  assert.deepEqual(Object.keys(found).sort(), ['1', '2:5', '3'])
  assert.deepEqual(found['2:5'], { width: 640, height: 0, longest: 0, fit: 'inside', image: ['1', 0] })
  assert.deepEqual(found[3]?.images, ['2:5', 0])
})

test('a promoted widget’s value goes in, and a link instead of it', () => {
  assert.equal(inputsOf(around(instance(2, { widgets: [320] })))['2:5']?.width, 320)
  const linked = instance(2, {
    inputs: [
      ['image', 'IMAGE', 1],
      ['width', 'INT', 4, 'widget'],
    ],
    widgets: [320],
  })
  const file = file04(
    [load(1), uiNode(7, 'Seed', { outputs: [['seed', 'INT']], widgets: [5] }), linked, save(3, 2)],
    [...links, [4, 7, 0, 2, 1, 'INT']],
    { definitions: { subgraphs: [inner] } },
  )
  assert.deepEqual(inputsOf(file)['2:5']?.width, ['7', 0])
})

test('widgets of inner nodes that the outer node shows are set, by either of two lists', () => {
  const proxied = instance(2, {
    widgets: [900, 'cover', 64],
    properties: {
      proxyWidgets: [
        ['5', 'height'],
        ['5', 'fit'],
        ['-1', 'width'],
      ],
    },
  })
  const { width, height, fit } = inputsOf(around(proxied))['2:5'] ?? {}
  assert.deepEqual([width, height, fit], [64, 900, 'cover'])
  const listed = { ...inner, widgets: [{ id: 5, name: 'height' }] }
  assert.equal(inputsOf(around(instance(2, { widgets: [901] }), [listed]))['2:5']?.height, 901)
})

test('a shown widget without a value changes nothing, and the control behind a seed is no input', () => {
  const proxyWidgets = [
    ['5', 'fit'],
    ['5', 'control_after_generate'],
  ]
  const open = instance(2, { widgets: [], properties: { proxyWidgets } })
  assert.equal(inputsOf(around(open))['2:5']?.fit, 'inside')
  const set = instance(2, { widgets: ['cover', 'randomize'], properties: { proxyWidgets } })
  const { fit, ...rest } = inputsOf(around(set))['2:5'] ?? {}
  assert.equal(fit, 'cover')
  assert.ok(!('control_after_generate' in rest))
})

//  two numbers ──► [ wholes.0, wholes.1 ► Values ]
test('several links into one input of a subgraph arrive numbered, in place of what is written inside', () => {
  const definition = subgraph(
    'id',
    { inputs: [['numbers', 'INT']] },
    [uiNode(5, 'Values', { inputs: [['wholes', 'INT', 1]], widgets: { wholes: 7 } })],
    [[1, -10, 0, 5, 0, 'INT']],
  )
  const gathering = uiNode(2, 'id', {
    inputs: [
      ['numbers', 'INT', null],
      ['numbers.0', 'INT', 1],
      ['numbers.1', 'INT', 2],
    ],
  })
  const file = file04(
    [uiNode(1, 'Stubs'), gathering],
    [
      [1, 1, 0, 2, 1, 'INT'],
      [2, 1, 1, 2, 2, 'INT'],
    ],
    { definitions: { subgraphs: [definition] } },
  )
  assert.deepEqual(inputsOf(file)['2:5'], { 'wholes.0': ['1', 0], 'wholes.1': ['1', 1] })
})

test('each node that stands for a subgraph has values of its own', () => {
  const file = file04([load(1), instance(2, { widgets: [1] }), instance(4, { widgets: [2] })], links.slice(0, 1), {
    definitions: { subgraphs: [inner] },
  })
  const found = inputsOf(file)
  assert.deepEqual([found['2:5']?.width, found['4:5']?.width], [1, 2])
})

test('subgraphs lie in subgraphs, and the outermost value goes all the way in', () => {
  const outer = subgraph(
    'c0ffee00-0000-4000-8000-000000000002',
    {
      inputs: [
        ['picture', 'IMAGE'],
        ['w', 'INT'],
      ],
      outputs: [['image', 'IMAGE']],
    },
    [
      instance(8, {
        inputs: [
          ['image', 'IMAGE', 1],
          ['width', 'INT', 3, 'widget'],
        ],
        widgets: [5],
      }),
    ],
    [
      [1, -10, 0, 8, 0, 'IMAGE'],
      [3, -10, 1, 8, 1, 'INT'],
      [2, 8, 0, -20, 0, 'IMAGE'],
    ],
    { definitions: { subgraphs: [inner] } },
  )
  const node = (widgets: unknown[]) =>
    uiNode(2, outer.id, {
      inputs: [
        ['picture', 'IMAGE', 1],
        ['w', 'INT', null, 'widget'],
      ],
      outputs: [['image', 'IMAGE']],
      widgets,
    })
  const found = inputsOf(around(node([11]), [outer]))
  assert.deepEqual(found['2:8:5'], { width: 11, height: 0, longest: 0, fit: 'inside', image: ['1', 0] })
  assert.deepEqual(found[3]?.images, ['2:8:5', 0])
  assert.equal(inputsOf(around(node([]), [outer]))['2:8:5']?.width, 5)
  const proxied = { ...node([77]), properties: { proxyWidgets: [['8', 'width']] } }
  assert.equal(
    inputsOf(
      around(proxied, [
        {
          ...outer,
          nodes: [
            instance(8, {
              inputs: [
                ['image', 'IMAGE', 1],
                ['width', 'INT', null, 'widget'],
              ],
            }),
          ],
        },
      ]),
    )['2:8:5']?.width,
    77,
  )
})

test('a muted subgraph is left out as a whole, a bypassed one seen through', () => {
  assert.deepEqual(Object.keys(inputsOf(around(instance(2, { mode: 2 })))), ['1', '3'])
  const found = inputsOf(around(instance(2, { mode: 4 })))
  assert.deepEqual(found, { 1: { image: 'photo.png' }, 3: { filename_prefix: 'ComfyUI', images: ['1', 0] } })
})

const refused = (file: unknown, message: RegExp) =>
  assert.throws(
    () => uiToPrompt(file, registry),
    error => error instanceof InvalidWorkflow && message.test(error.message),
  )

test('a subgraph that contains itself is refused', () => {
  const self = { ...inner, nodes: [...inner.nodes, uiNode(6, inner.id)] }
  refused(around(instance(2), [self]), /contains itself/)
})

test('subgraphs that multiply beyond all measure are refused', () => {
  const ids = Array.from({ length: 20 }, (_, n) => `id-${n}`)
  const definitions = ids.map((id, n) =>
    subgraph(id, {}, n === 19 ? [] : [uiNode(1, `id-${n + 1}`), uiNode(2, `id-${n + 1}`)], []),
  )
  refused(file04([uiNode(1, 'id-0')], [], { definitions: { subgraphs: definitions } }), /more than 20000 nodes/)
})

test('a group node of the old kind is refused with what to do', () => {
  refused(file04([uiNode(1, 'workflow>My group'), load(2)], []), /"My group".*subgraph/)
})

test('two nodes of one id are refused', () => refused(file04([load(1), load(1)], []), /two nodes "1"/))

test('a node that is not installed stays, so that validation can name it', async () => {
  const foreign = uiNode(4, 'KSampler', {
    inputs: [
      ['model', 'MODEL'],
      ['seed', 'INT', null, 'widget'],
      ['steps', 'INT', null, 'widget'],
    ],
    widgets: [5, 20],
    title: 'My sampler',
  })
  const prompt = uiToPrompt(file04([foreign], []), registry)
  assert.deepEqual(prompt[4], {
    class_type: 'KSampler',
    inputs: { seed: 5, steps: 20 },
    _meta: { title: 'My sampler' },
  })
  assert.match((await translate(prompt)).error?.message ?? '', /'My sampler'/)
})

test('3,000 nodes in a row, and 3,000 reroutes, are no matter', () => {
  const count = 3000
  const chain = (type: 'ImageResize' | 'Reroute') =>
    file04(
      [
        load(1),
        ...Array.from({ length: count }, (_, n) =>
          uiNode(n + 2, type, { inputs: [['image', 'IMAGE', n + 1]], outputs: [['image', 'IMAGE']] }),
        ),
        save(count + 2, count + 1),
      ],
      Array.from({ length: count + 1 }, (_, n) => [n + 1, n + 1, 0, n + 2, 0, 'IMAGE'] as const),
    )
  assert.deepEqual(inputsOf(chain('ImageResize'))[count + 2]?.images, [String(count + 1), 0])
  assert.deepEqual(inputsOf(chain('Reroute'))[count + 2]?.images, ['1', 0])
})
