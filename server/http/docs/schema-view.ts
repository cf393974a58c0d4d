import type { Schema } from '../openapi.js'
import { type Html, html } from './html.js'

/** Which way a value goes: of what is sent one must know what it takes, of what comes what may lack. */
export type Way = 'sent' | 'answered'

/** Shows a schema as people read it: in words if it is a value, as a list of fields if it is an object. */
export function schemaView(schema: Schema, way: Way): Html {
  const fields = fieldsOf(schema)
  if (fields) return fieldList(fields, way)
  const inner = innerOf(schema)
  return html`<p class="type">${wordsFor(schema)}${noteOf(schema)}</p>${inner && fieldList(inner, way)}`
}

interface Field {
  readonly name: string
  readonly schema: Schema
  readonly required: boolean
}

/** A row a field: what a table would be, but readable on a phone. */
export const fieldList = (fields: readonly Field[], way: Way): Html =>
  html`<ul class="fields">${fields.map(({ name, schema, required }) => {
    const inner = innerOf(schema)
    return html`<li><code>${name}</code> <span class="type">${wordsFor(schema)}</span>${
      way === 'sent'
        ? required && html` <span class="mark">required</span>`
        : !required && html` <span class="mark">may be absent</span>`
    }${noteOf(schema)}${inner && fieldList(inner, way)}</li>`
  })}</ul>`

const noteOf = ({ description }: Schema) =>
  typeof description === 'string' && html` <span class="note">${description}</span>`

/** The fields of an object, also of one that is put together. */
function fieldsOf(schema: Schema): readonly Field[] | undefined {
  if (schema.allOf) {
    const parts = (schema.allOf as readonly Schema[]).map(fieldsOf)
    return parts.every(part => part !== undefined) ? parts.flat() : undefined
  }
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
  const required = (schema.required ?? []) as readonly string[]
  if (properties.length === 0) return undefined
  return properties.map(([name, inner]) => ({ name, schema: inner, required: required.includes(name) }))
}

/** The fields of what a schema is about: of the object, the items of a list, the values of a record, a choice. */
function innerOf(schema: Schema): readonly Field[] | undefined {
  const around = [
    schema.items,
    schema.additionalProperties,
    ...Object.values(schema.patternProperties ?? {}),
    ...choices(schema),
  ]
  const schemas = [schema, ...around.filter(inner => typeof inner === 'object' && inner !== null)] as readonly Schema[]
  for (const [index, candidate] of schemas.entries()) {
    const fields = index === 0 ? fieldsOf(candidate) : (fieldsOf(candidate) ?? innerOf(candidate))
    if (fields) return fields
  }
  return undefined
}

const choices = ({ anyOf, oneOf }: Schema) => (anyOf ?? oneOf ?? []) as readonly Schema[]

/** A schema's type and limits in words: 'integer, 1 to 8, by default 4'. */
function wordsFor(schema: Schema): string {
  const limits = [rangeOf(schema.minimum, schema.maximum), lengthOf(schema), defaultOf(schema)]
  return [kindOf(schema), ...limits.filter(Boolean)].join(', ')
}

function kindOf(schema: Schema): string {
  if (schema.enum) return `one of ${(schema.enum as readonly unknown[]).map(value => JSON.stringify(value)).join(', ')}`
  if ('const' in schema) return JSON.stringify(schema.const)
  if (choices(schema).length > 0) return choices(schema).map(wordsFor).join(' or ')
  if (schema.type === 'array') return schema.items ? `list of ${wordsFor(schema.items as Schema)}` : 'list'
  const values = schema.additionalProperties ?? Object.values(schema.patternProperties ?? {})[0]
  if (typeof values === 'object') return `object of ${wordsFor(values as Schema)} by name`
  if (Array.isArray(schema.type)) return schema.type.join(' or ')
  if (schema.format === 'binary') return 'file'
  return typeof schema.type === 'string' ? schema.type : schema.allOf ? 'object' : 'any JSON'
}

function rangeOf(from: unknown, to: unknown): string {
  if (from === undefined && to === undefined) return ''
  if (to === undefined) return `from ${from}`
  return from === undefined ? `up to ${to}` : `${from} to ${to}`
}

function lengthOf({ minLength, maxLength, minItems, maxItems }: Schema): string {
  const range = rangeOf(minLength ?? minItems, maxLength ?? maxItems)
  return range && `${range} ${minItems === undefined && maxItems === undefined ? 'characters' : 'items'}`
}

const defaultOf = (schema: Schema) => ('default' in schema ? `by default ${JSON.stringify(schema.default)}` : '')
