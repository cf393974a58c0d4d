import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvalidWorkflow, plan } from '../../../../engine/index.js'
import { parsePrefix } from '../../../../server/comfy/file-names.js'
import { readComfyDocument } from '../../../../server/comfy/read-document.js'
import { uiToPrompt } from '../../../../server/comfy/ui-to-prompt.js'
import { uiToWorkflow } from '../../../../server/comfy/ui-to-workflow.js'
import { workflowToUi } from '../../../../server/comfy/workflow-to-ui.js'
import { registry, translate } from './harness.js'
import { workflows } from './random-workflow.js'

const RUNS = { numRuns: 200, endOnFailure: true }

/** Words that mean something to one of the formats, or to JavaScript. */
const word = fc.constantFrom(
  ...['nodes', 'links', 'id', 'type', 'inputs', 'outputs', 'link', 'name', 'widget', 'mode', 'version', 'definitions'],
  ...['subgraphs', 'widgets_values', 'properties', 'proxyWidgets', 'portrait', 'values', 'widgets', 'extra', 'written'],
  ...['class_type', '_meta', 'title', '__value__', 'image', 'images', 'value', 'wholes.0', 'parameters', 'targets'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a/b', '-10', '-20', '-1', '1', '2', '', '*'],
  ...['LoadImage', 'SaveImage', 'Values', 'Keep', 'Pass', 'Stubs', 'Broken', 'Reroute', 'PrimitiveNode', 'component/x'],
)
const scalar = fc.oneof(
  word,
  fc.integer({ min: -21, max: 5 }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.string(),
)

/** Any JSON, in words that the readers look for. */
const anyJson = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: false },
    scalar,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(word, tie('value'), { maxKeys: 8 }),
  ),
})).value

/** As it comes out of the parser: own properties only, '__proto__' among them. */
const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** A document in which some values are replaced by others. */
const damaged = (document: unknown): fc.Arbitrary<unknown> =>
  fc.array(fc.tuple(fc.nat(), anyJson), { minLength: 1, maxLength: 4 }).map(changes => {
    const copy = parsed(document)
    for (const [place, value] of changes) {
      const holders = holdersIn(copy)
      const holder = holders[place % holders.length]
      const keys = holder ? Object.keys(holder) : []
      const key = keys[place % Math.max(1, keys.length)]
      if (holder && key !== undefined) (holder as Record<string, unknown>)[key] = value
    }
    return parsed(copy)
  })

function holdersIn(document: unknown): object[] {
  const holders: object[] = []
  const open = [document]
  for (const value of open) {
    if (typeof value !== 'object' || value === null) continue
    holders.push(value)
    open.push(...Object.values(value))
  }
  return holders
}

const refusesOrReads = (read: () => unknown) => {
  try {
    read()
  } catch (error) {
    assert.ok(error instanceof InvalidWorkflow, error instanceof Error ? error.stack : String(error))
    for (const { message } of error.issues) assert.ok(message.length < 2000, message.slice(0, 100))
  }
}

const readAll = (document: unknown) => {
  refusesOrReads(() => uiToPrompt(document, registry))
  refusesOrReads(() => uiToWorkflow(document, registry))
  refusesOrReads(() => readComfyDocument(JSON.stringify(document), registry))
}

test('no document makes a reader of ComfyUI’s files throw anything but a refusal', () => {
  fc.assert(
    fc.property(anyJson, value => readAll(parsed(value))),
    RUNS,
  )
  fc.assert(
    fc.property(fc.array(anyJson), fc.array(anyJson), anyJson, (nodes, links, extra) =>
      readAll(parsed({ nodes, links, extra, definitions: { subgraphs: [{ id: 'x', nodes, links }] } })),
    ),
    RUNS,
  )
})

test('no damaged file of ComfyUI’s editor does', () => {
  const files = workflows(registry, { flags: true, components: true }).map(workflow => workflowToUi(workflow, registry))
  fc.assert(fc.property(files.chain(damaged), readAll), { ...RUNS, numRuns: 80 })
})

test('every prompt is either refused in ComfyUI’s form or becomes a workflow that plans', async () => {
  const check = async (value: unknown) => {
    const answer = await translate(value)
    if (answer.error) {
      assert.deepEqual(Object.keys(answer.error), ['type', 'message', 'details', 'extra_info'])
    } else {
      plan(answer.workflow, registry, { targets: answer.targets })
      assert.ok(answer.targets.length > 0)
    }
    for (const { errors, dependent_outputs } of Object.values(answer.nodeErrors)) {
      assert.ok(errors.length > 0)
      assert.ok(dependent_outputs.length > 0)
    }
    // It goes back over the wire.
    JSON.stringify(answer)
  }
  const type = fc.constantFrom(
    'Values',
    'Keep',
    'Pass',
    'Stubs',
    'LoadImage',
    'SaveImage',
    'Either',
    'Broken',
    'Switch',
  )
  const link = fc.tuple(fc.constantFrom('1', '2', '3', '4'), fc.integer({ min: -1, max: 3 }))
  const inputs = fc.dictionary(fc.oneof(word, fc.constantFrom('whole', 'real', 'mode', 'on')), fc.oneof(link, anyJson))
  const nodes = fc.dictionary(fc.constantFrom('1', '2', '3', '4'), fc.record({ class_type: type, inputs }))
  await fc.assert(
    fc.asyncProperty(nodes, value => check(parsed(value))),
    RUNS,
  )
  await fc.assert(
    fc.asyncProperty(anyJson, value => check(parsed(value))),
    RUNS,
  )
})

test('a prompt sent again as it was kept means the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.constantFrom('whole', 'real', 'words', 'on', 'any'), scalar), async inputs => {
      const answer = await translate(parsed({ 1: { class_type: 'Values', inputs } }))
      if (answer.error) return
      const again = await translate(parsed(answer.prompt))
      assert.equal(again.error, undefined)
      assert.deepEqual(again, answer)
    }),
    RUNS,
  )
})

test('no prefix reaches out of its folder', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('..', '/', '\\', 'a', '.', '%', 'C:')).map(parts => parts.join('')),
      prefix => {
        const parts = parsePrefix(prefix)?.subfolder.split('/') ?? []
        assert.ok(!parts.includes('..') && (parts.length < 2 || parts[0] !== ''))
      },
    ),
  )
})

test('a text of quotes takes no more than its length to read', () => {
  refusesOrReads(() => readComfyDocument(`{"a": NaN, "${'\\"'.repeat(500_000)}`, registry))
  refusesOrReads(() => readComfyDocument('['.repeat(200_000), registry))
  refusesOrReads(() => readComfyDocument(`${'['.repeat(5000)}${']'.repeat(5000)}`, registry))
})

test('values that nest without end are refused', async () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  const answer = await translate({ 1: { class_type: 'Values', inputs: { any: { __value__: deep } } } })
  assert.equal(answer.error?.type, 'invalid_prompt')
  const file = { nodes: [{ id: 1, type: 'Values', widgets_values: { any: deep } }], links: [] }
  for (const read of [uiToPrompt, uiToWorkflow]) assert.throws(() => read(file, registry), InvalidWorkflow)
})
