import type { RequestFault } from '../http/refusal.js'

/** A fault of a request as FastAPI says it, in the words of Pydantic 2. */
export interface PydanticFault {
  readonly type: string
  readonly loc: readonly (string | number)[]
  readonly msg: string
  readonly input: unknown
  readonly ctx?: Readonly<Record<string, unknown>>
}

interface Said {
  readonly type: string
  readonly msg: string
  readonly ctx?: Readonly<Record<string, unknown>>
}

/** Puts a fault of JSON Schema into Pydantic's words. */
export function pydanticFault(fault: RequestFault): PydanticFault {
  const { type, msg, ctx } = (SAYERS[fault.keyword] ?? sayRule)(fault.params, fault.value, fault.message)
  return { type, loc: placeOf(fault), msg, input: inputOf(fault), ...(ctx && { ctx }) }
}

/** Pydantic names the field that is missing or too much, JSON Schema the object around it; JSON itself has no fields. */
function placeOf({ place, params, keyword, message }: RequestFault): readonly (string | number)[] {
  if (keyword === 'json') return [...place, Number(/position (\d+)/.exec(message)?.[1] ?? 0)]
  const field = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty
  return typeof field !== 'string' || (place.length > 1 && place.at(-1) === field) ? place : [...place, field]
}

// As Pydantic writes its secret strings.
const HIDDEN = '**********'

/** What came: text, where it came in a URL; and never a password, which an error page would show and a log would keep. */
function inputOf({ place, keyword, value }: RequestFault): unknown {
  if (place.some(isSecret)) return HIDDEN
  if (keyword === 'json') return {}
  if (place[0] !== 'body' && (typeof value === 'number' || typeof value === 'boolean')) return String(value)
  return withoutSecrets(value) ?? null
}

const isSecret = (key: string | number) => key === 'password'

function withoutSecrets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, isSecret(key) ? HIDDEN : inner]))
}

type Params = RequestFault['params']
type Sayer = (params: Params, value: unknown, message: string) => Said

const bounded =
  (type: string, bound: string, key: string): Sayer =>
  ({ limit }) => ({ type, msg: `Input should be ${bound} ${limit}`, ctx: { [key]: limit } })

const long =
  (type: string, bound: string, key: string): Sayer =>
  ({ limit }) => ({ type, msg: `String should have ${bound} ${many(limit, 'character')}`, ctx: { [key]: limit } })

const full =
  (type: string, bound: string, key: string): Sayer =>
  ({ limit }, value) => {
    const actual = Array.isArray(value) ? value.length : 0
    const msg = `List should have ${bound} ${many(limit, 'item')} after validation, not ${actual}`
    return { type, msg, ctx: { field_type: 'List', [key]: limit, actual_length: actual } }
  }

const extra: Sayer = () => ({ type: 'extra_forbidden', msg: 'Extra inputs are not permitted' })

/** By keyword of JSON Schema; 'format' and 'json' are faults that no schema here finds but a handler or parser does. */
const SAYERS: Readonly<Record<string, Sayer>> = {
  required: () => ({ type: 'missing', msg: 'Field required' }),
  additionalProperties: extra,
  unevaluatedProperties: extra,
  type: ({ type }, value) => sayType(String(type), value),
  minimum: bounded('greater_than_equal', 'greater than or equal to', 'ge'),
  maximum: bounded('less_than_equal', 'less than or equal to', 'le'),
  exclusiveMinimum: bounded('greater_than', 'greater than', 'gt'),
  exclusiveMaximum: bounded('less_than', 'less than', 'lt'),
  multipleOf: ({ multipleOf }) => ({
    type: 'multiple_of',
    msg: `Input should be a multiple of ${multipleOf}`,
    ctx: { multiple_of: multipleOf },
  }),
  minLength: long('string_too_short', 'at least', 'min_length'),
  maxLength: long('string_too_long', 'at most', 'max_length'),
  minItems: full('too_short', 'at least', 'min_length'),
  maxItems: full('too_long', 'at most', 'max_length'),
  pattern: ({ pattern }) => ({
    type: 'string_pattern_mismatch',
    msg: `String should match pattern '${pattern}'`,
    ctx: { pattern },
  }),
  enum: ({ allowedValues }) => sayChoices([allowedValues].flat()),
  const: ({ allowedValue }) => sayChoices([allowedValue]),
  format: ({ format }, _, message) => ({
    type: 'value_error',
    msg: `value is not a valid ${format === 'email' ? 'email address' : format}: ${message}`,
    ctx: { reason: message },
  }),
  json: (_params, _value, message) => ({ type: 'json_invalid', msg: 'JSON decode error', ctx: { error: message } }),
}

/** A rule that is in no schema says its sentence itself. */
const sayRule: Sayer = (_params, _value, message) => ({
  type: 'value_error',
  msg: `Value error, ${message}`,
  ctx: { error: {} },
})

const TYPES: Readonly<Record<string, { readonly name: string; readonly what: string }>> = {
  integer: { name: 'int', what: 'a valid integer' },
  number: { name: 'float', what: 'a valid number' },
  boolean: { name: 'bool', what: 'a valid boolean' },
  string: { name: 'string', what: 'a valid string' },
  array: { name: 'list', what: 'a valid list' },
  object: { name: 'model_attributes', what: 'a valid dictionary or object to extract fields from' },
  null: { name: 'none', what: 'None' },
}

const UNPARSED: Readonly<Record<string, string>> = {
  integer: 'unable to parse string as an integer',
  number: 'unable to parse string as a number',
  boolean: 'unable to interpret input',
}

/** Pydantic tells text that is no number from what is no text either. */
function sayType(type: string, value: unknown): Said {
  const { name, what } = TYPES[type] ?? TYPES.object!
  const msg = `Input should be ${what}`
  const number = typeof value === 'number'
  if (type === 'integer' && number)
    return { type: 'int_from_float', msg: `${msg}, got a number with a fractional part` }
  if (UNPARSED[type] && (typeof value === 'string' || number))
    return { type: `${name}_parsing`, msg: `${msg}, ${UNPARSED[type]}` }
  return { type: type === 'null' ? 'none_required' : `${name}_type`, msg }
}

function sayChoices(choices: readonly unknown[]): Said {
  const quoted = choices.map(choice => (typeof choice === 'string' ? `'${choice}'` : String(choice)))
  const last = quoted.pop() ?? ''
  const expected = quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`
  return { type: 'literal_error', msg: `Input should be ${expected}`, ctx: { expected } }
}

const many = (count: unknown, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
