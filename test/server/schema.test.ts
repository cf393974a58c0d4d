import assert from 'node:assert/strict'
import { test } from 'node:test'
import TypeBox from 'typebox'
import Type from '../../server/schema.js'

/** One schema of each kind, alone and inside others. */
const schemas = (from: typeof Type) => {
  const text = from.String({ maxLength: 3, description: 'A text' })
  const inner = from.Object(
    { a: from.Optional(text), b: from.Integer({ minimum: 0 }) },
    { additionalProperties: false },
  )
  return [
    text,
    inner,
    from.Object({}),
    from.Object({ all: from.Optional(from.Null()) }),
    from.Object({
      ...inner.properties,
      c: from.Optional(from.Union([from.Literal('x'), from.Null()], { default: null })),
    }),
    from.Array(from.Boolean(), { minItems: 1 }),
    from.Array(inner),
    from.Enum(['a', 'b'], { default: 'a' }),
    from.Intersect([inner, from.Object({ d: from.Number() })]),
    from.Literal(4),
    from.Literal(true),
    from.Optional(from.Array(from.Literal('x'))),
    from.Record(from.String(), from.Unknown(), { description: 'Anything' }),
    from.Record(from.String({ pattern: '^[a-z]$' }), inner),
    from.Unknown({ description: 'Anything' }),
    from.Unsafe<string>({ type: 'string', format: 'binary' }),
  ]
}

test('schemas are those that TypeBox makes', () => {
  const [ours, theirs] = [schemas(Type), schemas(TypeBox)]
  for (const [place, schema] of theirs.entries()) assert.equal(JSON.stringify(ours[place]), JSON.stringify(schema))
})

test('every builder is compared', () => {
  const text = schemas.toString()
  for (const name of Object.keys(Type)) assert(text.includes(`from.${name}`), name)
})
