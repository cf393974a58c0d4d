import type TypeBox from 'typebox'

export type { Static, TObject, TSchema } from 'typebox'

/**
 * TypeBox's builders, as many as this server uses, with TypeBox's types and its very schemas. Not TypeBox itself: its
 * 300 modules take 90 of the 350 ms in which the server is to answer, and 11 MiB of its 100; a test compares the two.
 */
type Builders = Pick<
  typeof TypeBox,
  | 'Array'
  | 'Boolean'
  | 'Enum'
  | 'Integer'
  | 'Intersect'
  | 'Literal'
  | 'Null'
  | 'Number'
  | 'Object'
  | 'Optional'
  | 'Record'
  | 'String'
  | 'Union'
  | 'Unknown'
  | 'Unsafe'
>

type Schema = Readonly<Record<string, unknown>>

/** Marks a property that may be absent; no key of the schema, so that it is not in the JSON. */
const OPTIONAL = Symbol('optional')
const isOptional = (schema: Schema) => OPTIONAL in schema

const plain = (type: string) => (options?: Schema) => ({ type, ...options })

function object(properties: Readonly<Record<string, Schema>>, options?: Schema): Schema {
  const required = Object.keys(properties).filter(name => !isOptional(properties[name] as Schema))
  return { type: 'object', ...(required.length > 0 ? { required } : {}), properties, ...options }
}

const builders = {
  Array: (items: Schema, options?: Schema) => ({ type: 'array', items, ...options }),
  Boolean: plain('boolean'),
  Enum: (values: readonly string[], options?: Schema) => ({ enum: values, ...options }),
  Integer: plain('integer'),
  Intersect: (allOf: readonly Schema[], options?: Schema) => ({ allOf, ...options }),
  Literal: (value: string | number | boolean, options?: Schema) => ({ type: typeof value, const: value, ...options }),
  Null: plain('null'),
  Number: plain('number'),
  Object: object,
  Optional: (schema: Schema) => Object.defineProperty({ ...schema }, OPTIONAL, { value: true }),
  Record: (key: Schema, value: Schema, options?: Schema) => ({
    type: 'object',
    patternProperties: { [typeof key.pattern === 'string' ? key.pattern : '^.*$']: value },
    ...options,
  }),
  String: plain('string'),
  Union: (anyOf: readonly Schema[], options?: Schema) => ({ anyOf, ...options }),
  Unknown: (options?: Schema) => ({ ...options }),
  Unsafe: (schema: Schema) => ({ ...schema }),
}

/** Builds JSON Schemas whose TypeScript types are known. */
const Type = builders as unknown as Builders
export default Type
