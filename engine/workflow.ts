import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { InvalidWorkflow, type Issue } from './errors.js'
import { packageRoot } from './root.js'

/** A value written in the workflow itself. */
export type Literal = string | number | boolean | readonly Literal[]
/** A value that another node makes. */
export interface Link {
  readonly node: string
  readonly output: string
}
/** What an input may hold; a list that contains links gathers their values. */
export type Input = Literal | Link | readonly Input[]
/** An input of a node, named from outside: by a parameter, or by a component's own input. */
export interface Target {
  readonly node: string
  readonly input: string
}

export interface WorkflowNode {
  readonly type: string
  readonly inputs?: Readonly<Record<string, Input>>
  readonly bypass?: boolean
  readonly mute?: boolean
}

/** A public input of the whole workflow. What the targets hold in the document is its default. */
export interface Parameter {
  readonly targets: readonly Target[]
  readonly label?: string
  readonly hint?: string
  readonly group?: string
}

/** A reusable sub-graph. A node of type 'component/NAME' stands for it; its nodes become 'outer/inner'. */
export interface Component {
  readonly description?: string
  readonly nodes: Readonly<Record<string, WorkflowNode>>
  readonly inputs?: Readonly<Record<string, readonly Target[]>>
  readonly outputs: Readonly<Record<string, Link>>
}

/** The document: saved, sent and run in this one form. */
export interface Workflow {
  readonly $schema?: string
  readonly version: 1
  readonly name?: string
  readonly description?: string
  readonly nodes: Readonly<Record<string, WorkflowNode>>
  readonly parameters?: Readonly<Record<string, Parameter>>
  readonly components?: Readonly<Record<string, Component>>
  readonly layout?: unknown
}

/** Whether an input is a link rather than a literal or a list. */
export const isLink = (input: Input | undefined): input is Link =>
  typeof input === 'object' && input !== null && 'node' in input

/** Deeper nesting than this is no workflow, and would overflow the validator's stack. */
const MAX_DEPTH = 32
/** Nobody reads more, and a hostile document could cause millions. */
const MAX_ISSUES = 100
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/** The JSON Schema of the document, as published for editors. */
export const workflowSchema = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(packageRoot(), 'engine', 'workflow.schema.json'), 'utf8'))

/**
 * Reads a workflow from JSON text.
 * @throws InvalidWorkflow with every fault of form; faults of meaning are found by `plan`.
 */
export function parseWorkflow(json: string): Workflow {
  let document: unknown
  try {
    document = JSON.parse(json)
  } catch (error) {
    throw malformed(`The workflow must be a JSON document, but it cannot be read: ${(error as Error).message}.`)
  }
  return checkWorkflow(document)
}

let validator: ReturnType<Ajv2020['compile']> | undefined

/**
 * Answers the document as a workflow if it has the form of one.
 * @throws InvalidWorkflow
 */
export function checkWorkflow(document: unknown): Workflow {
  refuseHostile(document)
  // Compiled at first use, for a process that only shows help should not pay 20 ms for it. A pure function of the schema.
  validator ??= new Ajv2020({ allErrors: true, strict: false }).compile(workflowSchema())
  if (validator(document)) return document as unknown as Workflow
  throw new InvalidWorkflow(atMost(MAX_ISSUES, distinct(tellingErrors(validator.errors ?? []).map(toIssue))))
}

/** Keeps one path for the whole walk: it is written out only for the sentence that refuses. */
function refuseHostile(value: unknown, path: string[] = []): void {
  if (typeof value !== 'object' || value === null) return
  if (path.length > MAX_DEPTH) {
    const place = path.join('.').slice(0, 80)
    throw malformed(`The workflow must nest at most ${MAX_DEPTH} levels deep, but ${place}… goes deeper.`)
  }
  // The layout is the editor's own; it is not limited beyond this walk.
  for (const key of Object.keys(value)) {
    if (FORBIDDEN_KEYS.has(key)) {
      const place = path.join('.') || 'its top level'
      throw malformed(`The workflow must not use "${key}" as a name, but ${place} does; rename it.`)
    }
    path.push(key)
    refuseHostile((value as Record<string, unknown>)[key], path)
    path.pop()
  }
}

const malformed = (message: string) => new InvalidWorkflow([{ code: 'malformed', message }])

/**
 * Ajv reports every branch of `anyOf` and then the `anyOf` itself. That one helps, unless the value is an object: then
 * it was to be a link, and what the link lacks is the better sentence.
 */
function tellingErrors(errors: readonly ErrorObject[]): ErrorObject[] {
  const choices = new Set(errors.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath))
  const isOfLink = ({ schemaPath, keyword }: ErrorObject) => schemaPath.startsWith('#/$defs/link') && keyword !== 'type'
  const links = new Set(errors.filter(isOfLink).map(({ instancePath }) => instancePath))
  return errors.filter(error => {
    if (error.keyword === 'propertyNames') return false
    if (!choices.has(error.instancePath)) return true
    return links.has(error.instancePath) ? isOfLink(error) : error.keyword === 'anyOf'
  })
}

function toIssue(error: ErrorObject): Issue {
  const path = error.instancePath.split('/').slice(1).map(unescapePointer)
  const place = path.length ? `"${path.join('.')}"` : 'The workflow'
  const node = path[0] === 'nodes' ? path[1] : undefined
  return { code: 'malformed', ...(node === undefined ? {} : { node }), message: `${place} ${complaint(error)}.` }
}

function complaint({ keyword, params, message, instancePath, propertyName }: ErrorObject): string {
  switch (keyword) {
    case 'required':
      return `must have "${params.missingProperty}", which is missing`
    case 'additionalProperties':
      return `must not have "${params.additionalProperty}"; remove it or check its spelling`
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}`
    case 'anyOf':
      return 'must be a text, a number, true or false, a link {"node", "output"}, or a list of these'
    case 'pattern':
      return `must have ${namesOf(instancePath)}, got "${propertyName}"; rename it`
    default:
      return message ?? 'is malformed'
  }
}

const namesOf = (path: string) =>
  path.startsWith('/parameters')
    ? 'names of letters, digits and _ that begin with a small letter'
    : 'names without a slash, which is left to the nodes inside components'

const unescapePointer = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~')

const distinct = (issues: readonly Issue[]) => [...new Map(issues.map(issue => [issue.message, issue])).values()]

const atMost = (count: number, issues: readonly Issue[]): readonly Issue[] =>
  issues.length <= count
    ? issues
    : [...issues.slice(0, count), { code: 'malformed', message: `… and ${issues.length - count} more faults of form.` }]
