import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Accepted, promptToWorkflow } from '../../../../server/comfy/prompt-to-workflow.js'
import { faultsOf, node, registry, translate } from './harness.js'

/** Validates one node of all written types; answers the value that the run and the prompt get. */
async function read(
  name: string,
  value: unknown,
): Promise<{ run: unknown; kept: unknown } | { fault: string; details: string }> {
  const answer = await translate({ 1: node('Values', { [name]: value }) })
  if (answer.error) {
    const [fault] = answer.nodeErrors[1]?.errors ?? []
    return { fault: `${fault?.type}`, details: `${fault?.details}` }
  }
  return { run: answer.workflow.nodes[1]?.inputs?.[name], kept: answer.prompt[1]?.inputs[name] }
}

const both = (value: unknown) => ({ run: value, kept: value })

test('a required input that is missing is named', async () => {
  const answer = await translate({ 1: node('Keep') })
  assert.deepEqual(answer.nodeErrors[1]?.errors, [
    {
      type: 'required_input_missing',
      message: 'Required input is missing',
      details: 'value',
      extra_info: { input_name: 'value' },
    },
  ])
})

test('an optional input may be missing, or null', async () => {
  assert.equal((await translate({ 1: node('Values') })).error, undefined)
  assert.equal((await translate({ 1: node('Values', { whole: null }) })).error, undefined)
})

for (const link of [['2'], ['2', 0, 1], [], [2, 0], ['2', '0'], [1, 2]]) {
  test(`the array ${JSON.stringify(link)} is no link`, async () => {
    const { nodeErrors } = await translate({ 1: node('Keep', { value: link }), 2: node('Stubs') })
    const [error] = nodeErrors[1]?.errors ?? []
    assert.equal(error?.type, 'bad_linked_input')
    assert.equal(error?.details, 'value')
    assert.deepEqual(error?.extra_info.received_value, link)
    assert.deepEqual(error?.extra_info.input_config, [
      'INT',
      { min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, step: 1 },
    ])
  })
}

test('a link between types that do not go together is refused with both', async () => {
  const { nodeErrors } = await translate({ 1: node('Keep', { value: ['2', 2] }), 2: node('Stubs') })
  const [error] = nodeErrors[1]?.errors ?? []
  assert.equal(error?.type, 'return_type_mismatch')
  assert.equal(error?.details, 'value, received_type(IMAGE) mismatch input_type(INT)')
  assert.equal(error?.extra_info.received_type, 'IMAGE')
  assert.deepEqual(error?.extra_info.linked_node, ['2', 2])
})

test('a text does not feed a whole number, a whole number does, and a wildcard too', async () => {
  const text = await translate({ 1: node('Keep', { value: ['2', 1] }), 2: node('Pass', { value: 1 }) })
  assert.deepEqual(faultsOf(text, '1'), ['return_type_mismatch value'])
  for (const slot of [0, 4]) {
    assert.equal((await translate({ 1: node('Keep', { value: ['2', slot] }), 2: node('Stubs') })).error, undefined)
  }
})

test('what may be of two types takes either and nothing else', async () => {
  const fed = (slot: number) => translate({ 1: node('Either', { input: ['2', slot] }), 2: node('Stubs') })
  assert.deepEqual(faultsOf(await fed(0), '1'), ['return_type_mismatch input'])
  assert.deepEqual(faultsOf(await fed(3), '1'), ['return_type_mismatch input'])
})

test('what cannot be written is refused where it is', async () => {
  for (const value of [5, 'foo', true, {}]) {
    assert.deepEqual(faultsOf(await translate({ 1: node('Either', { input: value }) }), '1'), [
      'invalid_input_type input',
    ])
  }
})

test('values are converted, for the run and in the prompt that is kept', async () => {
  assert.deepEqual(await read('whole', '5'), both(5))
  assert.deepEqual(await read('whole', 5.7), both(5))
  assert.deepEqual(await read('whole', true), both(1))
  assert.deepEqual(await read('real', '0.5'), both(0.5))
  assert.deepEqual(await read('real', ' 1e-1 '), both(0.1))
  assert.deepEqual(await read('real', false), both(0))
  assert.deepEqual(await read('words', 42), both('42'))
  assert.deepEqual(await read('words', true), both('True'))
  assert.deepEqual(await read('on', 0), both(false))
  assert.deepEqual(await read('on', 'false'), both(true))
  assert.deepEqual(await read('on', ''), both(false))
  assert.deepEqual(await read('whole', { __value__: 7 }), both(7))
})

test('what cannot be converted is refused with the reason', async () => {
  const cases: [string, unknown, RegExp][] = [
    ['whole', 'abc', /^whole, abc, invalid literal for int\(\) with base 10: 'abc'$/],
    ['whole', '5.5', /invalid literal for int/],
    ['whole', '', /invalid literal for int/],
    ['whole', '0x10', /invalid literal for int/],
    ['real', 'abc', /could not convert string to float: 'abc'/],
    ['real', '', /could not convert string to float/],
    ['real', 'inf', /could not convert string to float/],
    ['whole', {}, /not an object/],
    ['words', {}, /STRING cannot be made of an object/],
    ['wholes', { __value__: [[1]] }, /a list inside a list/],
  ]
  for (const [name, value, details] of cases) {
    const answer = await read(name, value)
    assert.ok('fault' in answer, `${name} ${value}`)
    assert.equal(answer.fault, 'invalid_input_type')
    assert.match(answer.details, details)
  }
})

test('numbers out of their range are refused, each with its limit', async () => {
  const { nodeErrors } = await translate({ 1: node('Values', { whole: -1, real: 1.5 }) })
  assert.deepEqual(
    nodeErrors[1]?.errors.map(({ type, message }) => [type, message]),
    [
      ['value_smaller_than_min', 'Value -1 smaller than min of 0'],
      ['value_bigger_than_max', 'Value 1.5 bigger than max of 1'],
    ],
  )
  assert.deepEqual(nodeErrors[1]?.errors[0]?.extra_info, {
    input_name: 'whole',
    input_config: ['INT', { min: 0, max: 10, step: 1 }],
    received_value: -1,
  })
})

test('a seed that JSON cannot carry exactly is refused, not run as another', async () => {
  // 2^64 − 1 as a client of ComfyUI sends it; parsed, it is another number already.
  const seed = JSON.parse('18446744073709551615')
  for (const value of [seed, '18446744073709551615', 2 ** 53, -(2 ** 53)]) {
    const answer = await read('free', value)
    assert.ok('fault' in answer)
    assert.match(answer.fault, /^value_(bigger_than_max|smaller_than_min)$/)
  }
  assert.deepEqual(await read('free', 2 ** 53 - 1), both(2 ** 53 - 1))
})

test('a word that is no choice is refused with the choices, or with their number when they are many', async () => {
  assert.deepEqual(await read('mode', 'c'), { fault: 'value_not_in_list', details: "mode: 'c' not in ['a', 'b']" })
  assert.deepEqual(await read('mode', 5), { fault: 'value_not_in_list', details: "mode: '5' not in ['a', 'b']" })
  assert.deepEqual(await read('mode', { __value__: ['a', 'c'] }), {
    fault: 'value_not_in_list',
    details: "mode: 'c' not in ['a', 'b']",
  })
  const { nodeErrors } = await translate({ 1: node('Values', { many: 'x' }) })
  assert.equal(nodeErrors[1]?.errors[0]?.details, "many: 'x' not in (list of length 25)")
  assert.equal(nodeErrors[1]?.errors[0]?.extra_info.input_config, null)
})

test('a list of values stays wrapped in the prompt, so that it can be sent again', async () => {
  const wrapped = { __value__: ['1', 2] }
  const answer = await read('wholes', wrapped)
  assert.deepEqual(answer, { run: [1, 2], kept: { __value__: [1, 2] } })
  assert.deepEqual(await read('wholes', (answer as { kept: unknown }).kept), answer)
})

test('links into one input that takes a list are numbered', async () => {
  const answer = await translate({
    1: node('Values', { 'wholes.10': ['4', 0], 'wholes.2': ['3', 0], 'wholes.x': ['3', 0], 'on.0': ['3', 0] }),
    3: node('Stubs'),
    4: node('Pass', { value: 1 }),
  })
  assert.deepEqual((answer as Accepted).workflow.nodes[1]?.inputs, {
    wholes: [
      { node: '3', output: 'int' },
      { node: '4', output: 'value' },
    ],
  })
})

test('one node can have several faults', async () => {
  const answer = await translate({ 1: node('Values', { whole: 'x', mode: 'z', words: {} }) })
  assert.deepEqual(faultsOf(answer, '1'), [
    'invalid_input_type whole',
    'invalid_input_type words',
    'value_not_in_list mode',
  ])
})

//  0 ⇄ 1
test('a cycle of two is one fault that names both', async () => {
  const answer = await translate({
    0: node('Pass', { value: ['1', 0] }),
    1: node('Pass', { value: ['0', 0] }),
    2: node('Keep', { value: ['0', 0] }),
    3: node('Keep', { value: ['1', 0] }),
  })
  const errors = Object.values(answer.nodeErrors).flatMap(({ errors }) => errors)
  assert.equal(errors.length, 1)
  assert.equal(errors[0]?.type, 'dependency_cycle')
  assert.equal(errors[0]?.details, '0 (Pass) -> 1 (Pass) -> 0 (Pass)')
  assert.deepEqual(new Set(errors[0]?.extra_info.cycle_nodes as string[]), new Set(['0', '1']))
  assert.deepEqual(answer.nodeErrors[0]?.dependent_outputs, ['2', '3'])
  assert.equal(answer.error?.type, 'prompt_outputs_failed_validation')
})

//  1 ⇄ 0 ⇄ 2
test('of two cycles that share a node only the first is named', async () => {
  const answer = await translate({
    0: node('Values', { whole: ['1', 0], free: ['2', 0] }),
    1: node('Pass', { value: ['0', 0] }),
    2: node('Pass', { value: ['0', 0] }),
  })
  const errors = Object.values(answer.nodeErrors).flatMap(({ errors }) => errors)
  assert.deepEqual(
    errors.map(({ details }) => details),
    ['0 (Values) -> 1 (Pass) -> 0 (Values)'],
  )
})

test('a node that links to itself is a cycle', async () => {
  const answer = await translate({ 1: node('Pass', { value: ['1', 0] }), 2: node('Keep', { value: ['1', 0] }) })
  assert.equal(answer.nodeErrors[1]?.errors[0]?.details, '1 (Pass) -> 1 (Pass)')
})

test('a node above that cannot be told is reported on itself, below it nothing', async () => {
  const answer = await translate({ 1: node('Keep', { value: ['2', 0] }), 2: node('Broken') })
  assert.deepEqual(Object.keys(answer.nodeErrors), ['2'])
  const [error] = answer.nodeErrors[2]?.errors ?? []
  assert.equal(error?.type, 'exception_during_inner_validation')
  assert.equal(error?.details, 'the plugin is broken')
  assert.deepEqual(error?.extra_info.linked_node, ['2', 0])
  assert.deepEqual(error?.extra_info.traceback, [])
})

test('an output that cannot be told is reported on itself', async () => {
  const answer = await translate({ 1: node('BrokenSink') })
  assert.deepEqual(faultsOf(answer, '1'), ['exception_during_validation'])
})

//  2 (faulty) ──► 1 and 3
test('a node that two outputs need is checked once and blamed once, for both', async () => {
  const answer = await translate({
    1: node('Keep', { value: ['2', 0] }),
    2: node('Pass', { value: 'x' }),
    3: node('Keep', { value: ['2', 0] }),
  })
  assert.deepEqual(Object.keys(answer.nodeErrors), ['2'])
  assert.equal(answer.nodeErrors[2]?.errors.length, 1)
  assert.deepEqual(answer.nodeErrors[2]?.dependent_outputs, ['1', '3'])
})

test('inputs that the node does not have are dropped, whatever they hold, and stay in the prompt', async () => {
  const answer = (await translate({
    1: node('Keep', { value: 1, extra: 5, odd: { a: ['9', 0] }, linked: ['9', 0] }),
  })) as Accepted
  assert.deepEqual(answer.workflow.nodes[1]?.inputs, { value: 1 })
  assert.deepEqual(answer.prompt[1]?.inputs.odd, { a: ['9', 0] })
})

test('a chain of 3,000 nodes is validated, and its cycle found', async () => {
  const chain = (first: unknown) =>
    Object.fromEntries([
      ...Array.from({ length: 3000 }, (_, n) => [`n${n}`, node('Pass', { value: n === 0 ? first : [`n${n - 1}`, 0] })]),
      ['end', node('Keep', { value: ['n2999', 0] })],
    ])
  const good = (await translate(chain(1))) as Accepted
  assert.equal(Object.keys(good.workflow.nodes).length, 3001)
  const bad = await translate(chain(['n2999', 0]))
  assert.equal(Object.values(bad.nodeErrors)[0]?.errors[0]?.type, 'dependency_cycle')
  const faulty = await translate(chain('x'))
  assert.deepEqual(faulty.nodeErrors.n0?.dependent_outputs, ['end'])
})

test('files are asked for by folder and name, each once, and missing ones refused', async () => {
  const asked: string[] = []
  const file = async ({ folder, subfolder, name }: { folder: string; subfolder: string; name: string }) => {
    asked.push(`${folder}:${subfolder}:${name}`)
    return name === 'a.png' ? 'f'.repeat(64) : undefined
  }
  const load = (image: unknown) => node('LoadImage', { image })
  const save = (id: string) => node('SaveImage', { images: [id, 0], filename_prefix: 'x' })
  const answer = await promptToWorkflow(
    {
      1: load('a.png'),
      2: load('sub/a.png [output]'),
      3: load('b.png'),
      4: load('a.png'),
      5: load('../a.png'),
      6: load(''),
      11: save('1'),
      12: save('2'),
      13: save('3'),
      14: save('4'),
      15: save('5'),
      16: save('6'),
    },
    { registry, file },
  )
  assert.deepEqual(asked, ['input::a.png', 'output:sub:a.png', 'input::b.png'])
  assert.deepEqual((answer as Accepted).targets, ['11', '12', '14'])
  assert.equal(answer.nodeErrors[3]?.errors[0]?.type, 'custom_validation_failed')
  assert.equal(answer.nodeErrors[3]?.errors[0]?.details, 'image - Invalid image file: b.png')
  assert.equal(answer.nodeErrors[5]?.errors[0]?.details, 'image - Invalid image file: ../a.png')
  assert.match(answer.nodeErrors[6]?.errors[0]?.details ?? '', /upload.*provide/)
})

test('SaveImage takes ComfyUI’s prefix, or our own name for it', async () => {
  const load = node('LoadImage', { image: 'photo.png' })
  const saved = async (inputs: object) => translate({ 1: load, 2: node('SaveImage', { ...inputs }) })
  const standard = (await saved({ images: ['1', 0], filename_prefix: 'anna/face' })) as Accepted
  assert.deepEqual(standard.workflow.nodes[2]?.inputs, { image: { node: '1', output: 'image' }, name: 'face' })
  assert.equal(standard.prompt[2]?.inputs.filename_prefix, 'anna/face')
  const ours = (await saved({ image: ['1', 0], name: 'face', format: 'webp', quality: '80' })) as Accepted
  assert.deepEqual(ours.workflow.nodes[2]?.inputs, {
    image: { node: '1', output: 'image' },
    name: 'face',
    format: 'webp',
    quality: 80,
  })
  assert.deepEqual(faultsOf(await saved({ images: ['1', 0] }), '2'), ['required_input_missing filename_prefix'])
  assert.deepEqual(faultsOf(await saved({ images: ['1', 0], filename_prefix: '../x' }), '2'), [
    'custom_validation_failed filename_prefix',
  ])
})
