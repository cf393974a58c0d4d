import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { checkWorkflow, InvalidWorkflow, parseWorkflow, workflowSchema } from '../../engine/index.js'

const sentence = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    assert(error instanceof InvalidWorkflow, String(error))
    for (const issue of error.issues) assert.equal(issue.code, 'malformed')
    return error.message
  }
  return assert.fail('nothing was thrown')
}
const parse = (document: unknown) => () => parseWorkflow(JSON.stringify(document))

test('parseWorkflow answers a document of the right form', () => {
  const document = {
    $schema: './workflow.schema.json',
    version: 1,
    name: 'x',
    nodes: { a: { type: 'A', inputs: { n: 1, l: { node: 'b', output: 'o' }, m: [1, [2]], t: true } } },
    parameters: { face: { targets: [{ node: 'a', input: 'n' }], label: 'Face' } },
    components: { c: { nodes: {}, outputs: {} } },
    layout: { anything: [null, { deep: null }] },
  }
  assert.deepEqual(parseWorkflow(JSON.stringify(document)), document)
})

test('parseWorkflow says where the form is wrong, what was wanted, and the cure', () => {
  assert.match(sentence(parse([])), /The workflow must be object/)
  assert.match(sentence(parse({ nodes: {} })), /The workflow must have "version", which is missing\./)
  assert.match(sentence(parse({ version: 2, nodes: {} })), /"version" must be 1\./)
  assert.match(sentence(parse({ version: 1, nodes: {}, node: {} })), /must not have "node"; remove it or check/)
  assert.match(sentence(parse({ version: 1, nodes: { a: {} } })), /"nodes\.a" must have "type", which is missing\./)
  assert.match(sentence(parse({ version: 1, nodes: { a: { type: '' } } })), /"nodes\.a\.type" must NOT have fewer/)
  const withParameter = (name: string) => ({ version: 1, nodes: {}, parameters: { [name]: { targets: [] } } })
  assert.match(sentence(parse(withParameter('Face photo'))), /names of letters, digits and _.*"Face photo"/)
})

test('parseWorkflow names the input that is neither a literal nor a link', () => {
  const message = sentence(parse({ version: 1, nodes: { a: { type: 'A', inputs: { x: null, y: { node: 'b' } } } } }))
  assert.match(message, /"nodes\.a\.inputs\.x" must be a text, a number, true or false, a link/)
  assert.match(message, /"nodes\.a\.inputs\.y" must have "output", which is missing/)
})

test('parseWorkflow reports all faults of form, each with its node', () => {
  try {
    parseWorkflow(JSON.stringify({ version: 3, nodes: { a: {}, b: { type: 5 } } }))
    assert.fail('nothing was thrown')
  } catch (error) {
    assert(error instanceof InvalidWorkflow)
    assert.deepEqual(error.issues.map(({ node }) => node ?? '').sort(), ['', 'a', 'b'])
  }
})

test('parseWorkflow refuses what is not JSON', () => {
  for (const text of ['', '{', 'nul', '{"version":1,}', '\u0000', '{"a":1}{"b":2}'])
    assert.match(
      sentence(() => parseWorkflow(text)),
      /must be a JSON document, but it cannot be read/,
    )
})

test('parseWorkflow refuses a million levels without running out of stack', () => {
  const deep = (open: string, close: string) => open.repeat(1_000_000) + close.repeat(1_000_000)
  assert.match(
    sentence(() => parseWorkflow(deep('[', ']'))),
    /at most 32 levels deep/,
  )
  assert.match(
    sentence(() => parseWorkflow(`{"layout":${deep('[', ']')}}`)),
    /at most 32 levels deep/,
  )
  assert.match(
    sentence(() => parseWorkflow(`${'{"nodes":'.repeat(1_000_000)}1${'}'.repeat(1_000_000)}`)),
    /32 levels/,
  )
})

test('parseWorkflow refuses names that could reach a prototype, at every depth', () => {
  for (const name of ['__proto__', 'constructor', 'prototype']) {
    const nodes = `{"version":1,"nodes":{"${name}":{"type":"A"}}}`
    assert.match(
      sentence(() => parseWorkflow(nodes)),
      new RegExp(`must not use "${name}" as a name, but nodes does`),
    )
    assert.match(
      sentence(() => parseWorkflow(`{"version":1,"nodes":{},"layout":[{"a":{"${name}":1}}]}`)),
      /layout\.0\.a/,
    )
  }
  assert.equal(({} as Record<string, unknown>).type, undefined)
})

test('parseWorkflow takes a document of megabytes', () => {
  const nodes = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`n${n}`, { type: 'A', inputs: { x: n } }]))
  assert.equal(Object.keys(parseWorkflow(JSON.stringify({ version: 1, nodes })).nodes).length, 50_000)
})

test('parseWorkflow keeps the list of faults short when every node is wrong', () => {
  const nodes = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`n${n}`, {}]))
  const message = sentence(parse({ version: 1, nodes }))
  assert(message.split('\n').length <= 101, `${message.split('\n').length} sentences`)
  assert.match(message, /and 19900 more/)
})

test('parseWorkflow refuses an id with a slash, which would mean a node inside a component', () => {
  const message = sentence(parse({ version: 1, nodes: { 'a/b': { type: 'A' } } }))
  assert.match(message, /"nodes" .*"a\/b".*/)
})

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true })

test('the published schema is a valid JSON Schema', () => {
  assert(ajv.validateSchema(workflowSchema()), JSON.stringify(ajv.errors))
})

test('the published schema and parseWorkflow agree on every document', () => {
  const validate = ajv.compile(workflowSchema())
  const name = fc.constantFrom('a', 'b', 'version', 'node', 'output', 'x y')
  const { input } = fc.letrec(tie => ({
    input: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<unknown>('t', 1, true, 0.5, 'u', false, null),
      fc.record({ node: name, output: fc.constantFrom<unknown>('o', 'o', 'o', 7) }),
      fc.array(tie('input'), { maxLength: 3 }),
    ),
  }))
  const nodes = fc.dictionary(
    name,
    fc.record(
      {
        type: fc.constantFrom('A', 'A', 'A', 'A', 'A', 'B', 'B', '', 3),
        inputs: fc.dictionary(name, input),
        mute: fc.constantFrom<unknown>(true, false, true, 1),
      },
      { requiredKeys: ['type'] },
    ),
    { maxKeys: 2 },
  )
  const targets = fc.array(fc.record({ node: name, input: name }, { requiredKeys: ['node', 'input'] }), {
    maxLength: 2,
  })
  const document = fc.record(
    {
      version: fc.constantFrom<unknown>(1, 1, 1, 1, 1, 2, '1'),
      nodes,
      parameters: fc.dictionary(fc.constantFrom('face', 'a1', 'A'), fc.record({ targets }), { maxKeys: 1 }),
      components: fc.dictionary(
        name,
        fc.record({ nodes, outputs: fc.dictionary(name, input) }, { requiredKeys: ['nodes'] }),
      ),
      layout: fc.jsonValue({ maxDepth: 2 }),
    },
    { requiredKeys: ['version', 'nodes'] },
  )
  let taken = 0
  fc.assert(
    fc.property(document, document => {
      const accepted = validate(document)
      if (accepted) taken++
      let answered = true
      try {
        checkWorkflow(document)
      } catch (error) {
        assert(error instanceof InvalidWorkflow)
        assert(error.issues.length > 0)
        answered = false
      }
      // JSON Schema cannot say what a layout must not hold.
      if (!/__proto__|constructor|prototype/.test(JSON.stringify(document))) assert.equal(answered, accepted)
    }),
    { numRuns: 500 },
  )
  assert(taken > 20, `only ${taken} documents were accepted, so agreement says little`)
})
