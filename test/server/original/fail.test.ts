import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import Type from 'typebox'
import { notFound, Refusal, type RequestFault } from '../../../server/http/refusal.js'
import { originalFail } from '../../../server/original/fail.js'

const Body = Type.Object({
  i: Type.Integer({ minimum: 1, maximum: 8 }),
  f: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1.5 }),
  s: Type.String({ minLength: 1, maxLength: 3 }),
  b: Type.Boolean(),
  l: Type.Array(Type.Integer(), { minItems: 1, maxItems: 2 }),
  o: Type.Union([Type.String(), Type.Null()]),
  e: Type.String({ enum: ['a', 'b', 'c'] }),
  sub: Type.Object({ steps: Type.Integer({ maximum: 100 }) }),
})

const GOOD = { i: 1, f: 1, s: 'a', b: true, l: [1], o: null, e: 'a', sub: { steps: 1 } }
const validate = new Ajv({ allErrors: true, verbose: true, strict: false }).compile(Body)

/** The refusal of a body, as the checking of requests makes it. */
function refusal(body: unknown): Refusal {
  assert(!validate(body), 'the body must be at fault')
  const faults = (validate.errors ?? []).map(
    ({ instancePath, message = '', keyword, params, data }): RequestFault => ({
      place: ['body', ...instancePath.split('/').slice(1)],
      message,
      keyword,
      params,
      value: data,
    }),
  )
  return new Refusal(400, 'invalid', 'The request has faults.', faults)
}

const detail = (body: unknown) => {
  const { status, json } = originalFail(refusal(body))
  assert.equal(status, 422)
  return (json as { detail: unknown[] }).detail
}

/** Field, value, and what Pydantic 2.13 answers for the same model. */
const SAID: readonly [string, unknown, string, string, object?][] = [
  ['i', 'x', 'int_parsing', 'Input should be a valid integer, unable to parse string as an integer'],
  ['i', 1.5, 'int_from_float', 'Input should be a valid integer, got a number with a fractional part'],
  ['i', null, 'int_type', 'Input should be a valid integer'],
  ['i', 0, 'greater_than_equal', 'Input should be greater than or equal to 1', { ge: 1 }],
  ['i', 9, 'less_than_equal', 'Input should be less than or equal to 8', { le: 8 }],
  ['f', 'y', 'float_parsing', 'Input should be a valid number, unable to parse string as a number'],
  ['f', [], 'float_type', 'Input should be a valid number'],
  ['f', 0, 'greater_than', 'Input should be greater than 0', { gt: 0 }],
  ['f', 1.5, 'less_than', 'Input should be less than 1.5', { lt: 1.5 }],
  ['s', 1, 'string_type', 'Input should be a valid string'],
  ['s', '', 'string_too_short', 'String should have at least 1 character', { min_length: 1 }],
  ['s', 'abcd', 'string_too_long', 'String should have at most 3 characters', { max_length: 3 }],
  ['b', 'qq', 'bool_parsing', 'Input should be a valid boolean, unable to interpret input'],
  ['b', null, 'bool_type', 'Input should be a valid boolean'],
  ['l', 'x', 'list_type', 'Input should be a valid list'],
  [
    'l',
    [],
    'too_short',
    'List should have at least 1 item after validation, not 0',
    { field_type: 'List', min_length: 1, actual_length: 0 },
  ],
  [
    'l',
    [1, 2, 3],
    'too_long',
    'List should have at most 2 items after validation, not 3',
    { field_type: 'List', max_length: 2, actual_length: 3 },
  ],
  ['o', 3, 'string_type', 'Input should be a valid string'],
  ['e', 'z', 'literal_error', "Input should be 'a', 'b' or 'c'", { expected: "'a', 'b' or 'c'" }],
  ['sub', 'x', 'model_attributes_type', 'Input should be a valid dictionary or object to extract fields from'],
]

test('a fault of a request is said in the words of Pydantic', () => {
  for (const [field, value, type, msg, ctx] of SAID)
    assert.deepEqual(detail({ ...GOOD, [field]: value }), [
      { type, loc: ['body', field], msg, input: value, ...(ctx && { ctx }) },
    ])
})

test('a missing field is named by its own place, with the object around it as the input', () => {
  assert.deepEqual(detail({ ...GOOD, sub: {} }), [
    { type: 'missing', loc: ['body', 'sub', 'steps'], msg: 'Field required', input: {} },
  ])
})

test('a number of a URL is told as the text that came', () => {
  const fault = { place: ['query', 'limit'], message: '', keyword: 'maximum', params: { limit: 200 }, value: 300 }
  const { json } = originalFail(new Refusal(400, 'invalid', '', [fault]))
  assert.deepEqual(json, {
    detail: [
      {
        type: 'less_than_equal',
        loc: ['query', 'limit'],
        msg: 'Input should be less than or equal to 200',
        input: '300',
        ctx: { le: 200 },
      },
    ],
  })
})

test('a password is never said back', () => {
  const around = { place: ['body', 'name'], keyword: 'required', params: { missingProperty: 'name' }, message: '' }
  const own = { place: ['body', 'password'], keyword: 'rule', params: {}, message: 'is too common' }
  const said = JSON.stringify(
    originalFail(
      new Refusal(422, 'invalid', '', [
        { ...around, value: { password: 'canary-1', email: 'a@b.c' } },
        { ...own, value: 'canary-2' },
      ]),
    ),
  )
  assert.doesNotMatch(said, /canary/)
  assert.match(said, /a@b\.c/)
})

test('any other refusal is one sentence in "detail", with its status and headers', () => {
  assert.deepEqual(originalFail(notFound('Batch')), { status: 404, headers: {}, json: { detail: 'Batch not found' } })
  const slow = new Refusal(429, 'too-many', 'Too many tries.', [], { 'Retry-After': '60' })
  assert.deepEqual(originalFail(slow).headers, { 'Retry-After': '60' })
})

test('a body that is no JSON is told with the position where reading stopped', () => {
  const fault = { place: ['body'], message: 'Expected "}" in JSON at position 37', keyword: 'json', params: {} }
  const { status, json } = originalFail(new Refusal(400, 'malformed', '', [{ ...fault, value: null }]))
  assert.equal(status, 422)
  assert.deepEqual(json, {
    detail: [
      {
        type: 'json_invalid',
        loc: ['body', 37],
        msg: 'JSON decode error',
        input: {},
        ctx: { error: fault.message },
      },
    ],
  })
})
