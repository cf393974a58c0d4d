import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { TSchema } from 'typebox'
import { Refusal, type RequestFault } from './refusal.js'

/** Where in a request a value is. */
export type Place = 'body' | 'query' | 'path'

/** Checks values against schemas, which are compiled at first use: most of many routes are never called. */
export function openValidator() {
  const options = { allErrors: true, strict: false, useDefaults: true, verbose: true } as const
  const exact = new Ajv2020(options)
  // What stands in a URL is text.
  const coercing = new Ajv2020({ ...options, coerceTypes: 'array' })
  for (const ajv of [exact, coercing]) ajv.addFormat('email', /^[^\s@]+@[^\s@]+$/)
  const compiled = new WeakMap<TSchema, ValidateFunction>()
  return (schema: TSchema, place: Place, value: unknown): unknown => {
    let validate = compiled.get(schema)
    if (!validate) {
      validate = (place === 'body' ? exact : coercing).compile(schema)
      compiled.set(schema, validate)
    }
    if (validate(value)) return value
    const faults = (validate.errors ?? []).slice(0, 100).map(error => toFault(error, place))
    throw new Refusal(400, 'invalid', faults.map(({ message }) => message).join('\n'), faults)
  }
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
