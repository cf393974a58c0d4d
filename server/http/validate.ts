import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { TSchema } from 'typebox'
import { Refusal, type RequestFault } from './refusal.js'

/** Where in a request a value is. */
export type Place = 'body' | 'query' | 'path'

/** All faults are told of a value of so many entries at most; a hostile one could have millions. */
const ENTRIES = 10_000
const FAULTS = 100

const OPTIONS = { strict: false, useDefaults: true, verbose: true } as const
// What stands in a URL is text.
const TEXT = { ...OPTIONS, coerceTypes: 'array' } as const

/**
 * Makes what checks values against schemas and sets their defaults; a schema is compiled when it is first needed, for
 * most of many routes are never called.
 */
export function openValidator() {
  const body = { first: compiler(OPTIONS), all: compiler({ ...OPTIONS, allErrors: true }) }
  const url = { first: compiler(TEXT), all: compiler({ ...TEXT, allErrors: true }) }
  return (schema: TSchema, place: Place, value: unknown): void => {
    const { first, all } = place === 'body' ? body : url
    const check = first(schema)
    if (check(value)) return
    const wanted = isSmall(value) ? all(schema) : check
    wanted(value)
    const faults = (wanted.errors ?? []).slice(0, FAULTS).map(error => toFault(error, place))
    throw new Refusal(400, 'invalid', faults.map(({ message }) => message).join('\n'), faults)
  }
}

function compiler(options: ConstructorParameters<typeof Ajv2020>[0]): (schema: TSchema) => ValidateFunction {
  let ajv: Ajv2020 | undefined
  const compiled = new WeakMap<TSchema, ValidateFunction>()
  return schema => {
    const known = compiled.get(schema)
    if (known) return known
    ajv ??= new Ajv2020(options)
    const check = ajv.compile(schema)
    compiled.set(schema, check)
    return check
  }
}

/** Counts no further than it needs to. */
function isSmall(value: unknown): boolean {
  let left = ENTRIES
  const count = (inner: unknown): boolean => {
    if (left-- <= 0) return false
    if (typeof inner !== 'object' || inner === null) return true
    return (Array.isArray(inner) ? inner : Object.values(inner)).every(count)
  }
  return count(value)
}
function toFault(
  { instancePath, keyword, params, message = 'is not valid', data }: ErrorObject,
  place: Place,
): RequestFault {
  const path = instancePath
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const name = [place, ...path].join('.')
  return {
    place: [place, ...path.map(part => (/^\d+$/.test(part) ? Number(part) : part))],
    message: `"${name}" ${message}${shown(keyword, params, data)}.`,
    keyword,
    params,
    value: data,
  }
}

function shown(keyword: string, params: ErrorObject['params'], value: unknown): string {
  if (keyword === 'required') return ''
  if (keyword === 'enum') return ` (${[params.allowedValues].flat().join(', ')})`
  if (keyword === 'additionalProperties') return ` ("${params.additionalProperty}")`
  return typeof value === 'number' || typeof value === 'boolean' ? `, got ${value}` : ''
}
