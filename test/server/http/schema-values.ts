import fc from 'fast-check'
import type { TSchema } from 'typebox'

/** Values that have broken programs before. */
export const ODD = fc.constantFrom<unknown>(
  '',
  ' ',
  '\u0000',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  '%00',
  '\uD800',
  'é'.repeat(300),
  'x'.repeat(5000),
  '<script>',
  "' OR 1=1 --",
  '-1',
  '1e999',
  'NaN',
  0,
  -0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  true,
  null,
  [],
  {},
  [[[[]]]],
  { length: -1 },
  { toString: 1, valueOf: null },
)

const junk = fc.oneof({ weight: 3, arbitrary: ODD }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) })

interface Schema {
  readonly [key: string]: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
}

/** Things that are there, so that what is done to them is reached as well. */
export interface Known {
  readonly texts: fc.Arbitrary<string>
  readonly documents: fc.Arbitrary<unknown>
}

/** What may stand where a schema stands: mostly what it wants, and at every depth now and then what it does not. */
export function valuesOf(schema: TSchema, { texts, documents }: Known): fc.Arbitrary<unknown> {
  const make = (inner: Schema): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 8, arbitrary: wanted(inner) }, { weight: 1, arbitrary: junk })
  const wanted = (inner: Schema): fc.Arbitrary<unknown> => {
    if ('const' in inner) return fc.constant(inner.const)
    if (Array.isArray(inner.enum)) return fc.constantFrom(...inner.enum)
    if (inner.anyOf) return fc.oneof(...inner.anyOf.map(make))
    if (inner.allOf) return fc.tuple(...inner.allOf.map(wanted)).map(parts => Object.assign({}, ...(parts as object[])))
    const { minimum: min = -1000, maximum: max = 1000, minLength = 0, maxLength = 40 } = inner
    switch (inner.type) {
      case 'object':
        return objectsOf(inner)
      case 'array':
        return fc.array(make(inner.items ?? {}), { maxLength: 5 })
      case 'string': {
        if (typeof inner.pattern === 'string') return fc.stringMatching(new RegExp(inner.pattern))
        const text = fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 40), unit: 'binary' })
        return fc.oneof(text, texts)
      }
      case 'integer':
        return fc.integer({ min, max })
      case 'number':
        return fc.double({ min, max, noNaN: true })
      case 'boolean':
        return fc.boolean()
      case 'null':
        return fc.constant(null)
      default:
        return fc.oneof(texts, documents, documents, junk)
    }
  }
  const objectsOf = ({ properties = {}, required = [], patternProperties }: Schema): fc.Arbitrary<unknown> => {
    const named = fc.record(Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, make(value)])), {
      requiredKeys: required as string[],
    })
    const any = Object.values(patternProperties ?? {})[0]
    if (Object.keys(properties).length > 0 && !any) return named
    const free = fc.dictionary(fc.string({ maxLength: 10 }), any ? make(any) : junk, { maxKeys: 4 })
    return fc.oneof(
      documents,
      fc.tuple(named, free).map(parts => Object.assign({}, ...parts)),
    )
  }
  return make(schema as Schema)
}

/** A document with one value somewhere in it replaced, removed or doubled. */
export function brokenForms(document: unknown): fc.Arbitrary<unknown> {
  const paths = pathsIn(document)
  return fc.tuple(fc.constantFrom(...paths), fc.oneof(junk, fc.constant(REMOVED))).map(([path, value]) => {
    const copy = structuredClone(document)
    return set(copy, path, value)
  })
}

const REMOVED = Symbol('removed')

function pathsIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key]))]
}

function set(document: unknown, path: readonly string[], value: unknown): unknown {
  const last = path.at(-1)
  if (last === undefined) return value === REMOVED ? undefined : value
  let at = document as Record<string, unknown>
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>
  if (value === REMOVED) delete at[last]
  else at[last] = value
  return document
}
