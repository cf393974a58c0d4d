import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Issue } from '../../../../engine/index.js'
import { comfyNodes } from '../../../../server/comfy/comfy-names.js'
import { nodeErrorsOf } from '../../../../server/comfy/node-errors.js'
import type { Accepted } from '../../../../server/comfy/prompt-to-workflow.js'
import { faultsOf, node, registry, translate } from './harness.js'

test('a node without a class refuses the whole prompt, by its title and without node errors', async () => {
  for (const broken of [
    { inputs: {}, _meta: { title: 'My node' } },
    { class_type: 5, _meta: { title: 'My node' } },
  ]) {
    const answer = await translate({ 1: node('Keep', { value: 1 }), 2: broken })
    assert.equal(answer.error?.type, 'missing_node_type')
    assert.match(answer.error?.message ?? '', /'My node'/)
    assert.deepEqual(answer.error?.extra_info, { node_id: '2', class_type: null, node_title: 'My node' })
    assert.deepEqual(answer.nodeErrors, {})
  }
})

test('an unknown class refuses the whole prompt, although nothing is linked to it', async () => {
  const answer = await translate({ 1: node('Keep', { value: 1 }), 2: node('KSampler', {}, 'Sampler') })
  assert.equal(answer.error?.type, 'missing_node_type')
  assert.match(answer.error?.message ?? '', /'Sampler' is of type 'KSampler'/)
  assert.equal(answer.error?.details, "Node ID '#2'")
  assert.deepEqual(answer.error?.extra_info, { node_id: '2', class_type: 'KSampler', node_title: 'Sampler' })
})

test('a prompt without an output is refused', async () => {
  for (const prompt of [{}, { 1: node('Stubs') }]) {
    const answer = await translate(prompt)
    assert.deepEqual(answer.error, {
      type: 'prompt_no_outputs',
      message: 'Prompt has no outputs',
      details: '',
      extra_info: {},
    })
  }
})

test('what is no object of nodes is refused', async () => {
  for (const prompt of [null, 5, 'x', [], undefined])
    assert.equal((await translate(prompt)).error?.type, 'invalid_prompt')
})

test('ids that our workflows cannot have are refused', async () => {
  for (const id of ['a/b', '__proto__', 'constructor']) {
    const answer = await translate(
      JSON.parse(`{${JSON.stringify(id)}: {"class_type": "Keep", "inputs": {"value": 1}}}`),
    )
    assert.equal(answer.error?.type, 'invalid_prompt', id)
  }
})

const three = { 1: node('Keep', { value: 1 }), 2: node('Keep', { value: 2 }), 3: node('Stubs') }

test('chosen outputs run, and what is chosen but no output does not', async () => {
  const targets = async (targets: readonly string[] | null) => {
    const answer = await translate(three, { targets })
    return answer.error ? answer.error.type : answer.targets
  }
  assert.deepEqual(await targets(['2', '3', 'x']), ['2'])
  assert.deepEqual(await targets(null), ['1', '2'])
  assert.equal(await targets([]), 'prompt_no_outputs')
  assert.equal(await targets(['3']), 'prompt_no_outputs')
})

test('only what the chosen outputs need is translated', async () => {
  const answer = (await translate(three, { targets: ['2'] })) as Accepted
  assert.deepEqual(answer.workflow, { version: 1, nodes: { 2: { type: 'Keep', inputs: { value: 2 } } } })
  assert.deepEqual(Object.keys(answer.prompt), ['1', '2', '3'])
})

test('when all outputs are faulty the prompt is refused, with every fault', async () => {
  const answer = await translate({ 1: node('Keep', { value: 'x' }), 2: node('Keep') })
  assert.equal(answer.error?.type, 'prompt_outputs_failed_validation')
  assert.equal(
    answer.error?.details,
    "Failed to convert an input value to a INT value: value, x, invalid literal for int() with base 10: 'x'\nRequired input is missing: value",
  )
  assert.equal(answer.nodeErrors[1]?.class_type, 'Keep')
  assert.deepEqual(answer.nodeErrors[1]?.dependent_outputs, ['1'])
})

//  1 ──► gone      2 ──► 3
test('when one output links to a removed node the other runs; put back, both do', async () => {
  const prompt = {
    1: node('Keep', { value: ['9', 0] }),
    2: node('Keep', { value: ['3', 0] }),
    3: node('Pass', { value: 1 }),
  }
  const answer = (await translate(prompt)) as Accepted
  assert.deepEqual(answer.targets, ['2'])
  assert.deepEqual(Object.keys(answer.workflow.nodes).sort(), ['2', '3'])
  assert.deepEqual(faultsOf(answer, '1'), ['exception_during_validation'])
  const whole = (await translate({ ...prompt, 9: node('Pass', { value: 1 }) })) as Accepted
  assert.deepEqual(whole.targets, ['1', '2'])
  assert.deepEqual(whole.nodeErrors, {})
})

test('a removed node or output two steps up is told on the node that links to it', async () => {
  for (const link of [
    ['9', 0],
    ['3', 7],
    ['3', -1],
    ['3', 0.5],
  ]) {
    const answer = await translate({
      1: node('Keep', { value: ['2', 0] }),
      2: node('Pass', { value: link }),
      3: node('Stubs'),
    })
    assert.deepEqual(Object.keys(answer.nodeErrors), ['2'])
    assert.deepEqual(faultsOf(answer, '2'), ['exception_during_inner_validation value'])
  }
})

test('is_changed is not believed, and other keys of a node are kept', async () => {
  const answer = (await translate({
    '12:5': { ...node('Keep', { value: 1 }), is_changed: ['x'], no_cache: true },
  })) as Accepted
  assert.deepEqual(answer.prompt, { '12:5': { ...node('Keep', { value: 1 }), no_cache: true } })
  assert.deepEqual(answer.targets, ['12:5'])
})

test('faults that only the engine finds are told in ComfyUI’s form', () => {
  const prompt = { 1: node('SaveImage') }
  const issue = (code: Issue['code'], input?: string): Issue => ({
    code,
    node: '1',
    ...(input ? { input } : {}),
    message: 'Something is wrong.',
  })
  const table = nodeErrorsOf(
    [issue('missing-input', 'image'), issue('no-pass-through'), { code: 'no-sink', message: 'Nowhere.' }],
    { prompt, targets: ['1'] },
    comfyNodes(registry),
  )
  assert.deepEqual(table, {
    1: {
      errors: [
        {
          type: 'required_input_missing',
          message: 'Required input is missing',
          details: 'images - Something is wrong.',
          extra_info: { input_name: 'images' },
        },
        {
          type: 'custom_validation_failed',
          message: 'Custom validation failed for node',
          details: 'Something is wrong.',
          extra_info: {},
        },
      ],
      dependent_outputs: ['1'],
      class_type: 'SaveImage',
    },
  })
})
