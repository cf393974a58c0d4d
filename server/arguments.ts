import { resolve } from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { isArtifactName } from '../engine/artifacts.js'
import { messageOf } from '../engine/errors.js'
import { type OpenParameter, openParameters } from '../engine/parameters.js'
import type { Port } from '../engine/port.js'
import type { Registry } from '../engine/registry.js'
import type { Input, Workflow, WorkflowNode } from '../engine/workflow.js'
import { BadArguments } from './exit.js'

/** A command line about one workflow, read. */
export interface RunArguments {
  readonly out: string
  readonly json: boolean
  readonly help: boolean
  readonly targets: readonly string[]
  /** What the parameters are set to. Files may be patterns and folders still. */
  readonly values: Readonly<Record<string, Input>>
  /** The workflow with every `--set node.input=value` put in. */
  readonly workflow: Workflow
}

const FIXED = {
  out: { type: 'string', short: 'o' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  set: { type: 'string', multiple: true },
  param: { type: 'string', multiple: true },
  target: { type: 'string', multiple: true },
} as const satisfies ParseArgsConfig['options']

/**
 * Reads the flags of `run` and `explain`; every parameter of the workflow is one.
 * @throws BadArguments
 */
export function readArguments(args: readonly string[], workflow: Workflow, registry: Registry): RunArguments {
  const parameters = openParameters(workflow, registry)
  const flags = parameters.filter(({ name }) => !Object.hasOwn(FIXED, name))
  const options = { ...Object.fromEntries(flags.map(({ name }) => [name, { type: 'string' as const }])), ...FIXED }
  const { values } = parse(args, options)
  const given = flags.flatMap(({ name }) => (typeof values[name] === 'string' ? [[name, values[name]] as const] : []))
  const named = (values.param ?? []).map(text => split(text, '--param', 'name=value'))
  return {
    out: values.out ?? 'out',
    json: values.json ?? false,
    help: values.help ?? false,
    targets: values.target ?? [],
    values: Object.fromEntries([...given, ...named].map(([name, text]) => [name, read(name, text, parameters)])),
    workflow: (values.set ?? []).reduce((document, text) => setInput(document, text, registry), workflow),
  }
}

type Parsed = { [name: string]: unknown } & {
  out?: string
  json?: boolean
  help?: boolean
  set?: string[]
  param?: string[]
  target?: string[]
}

function parse(args: readonly string[], options: ParseArgsConfig['options']): { values: Parsed } {
  try {
    return parseArgs({ args: [...args], ...(options ? { options } : {}), strict: true }) as { values: Parsed }
  } catch (error) {
    throw new BadArguments(`${messageOf(error)} See \`portrait run <workflow> --help\`.`)
  }
}

function read(name: string, text: string, parameters: readonly OpenParameter[]): Input {
  const parameter = parameters.find(parameter => parameter.name === name)
  // An unknown name is told by `bindParameters`, which knows the near ones.
  return parameter ? readValue(text, parameter.port) : text
}

/** A text as the value that the port takes; what does not fit stays text, and the plan says what was wanted. */
function readValue(text: string, port: Port): Input {
  // What is typed is meant from here, whatever folder the workflow lies in.
  if (port.upload && !isArtifactName(text)) return resolve(text)
  if (port.type === 'TEXT' || port.type === 'CHOICE') return text
  if (port.type === 'TOGGLE')
    return text === 'true' || text === 'on' ? true : text === 'false' || text === 'off' ? false : text
  const number = Number(text)
  return text.trim() === '' || Number.isNaN(number) ? text : number
}

function split(text: string, flag: string, form: string): [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new BadArguments(`${flag} must have the form ${form}, got "${text}".`)
}

function setInput(workflow: Workflow, text: string, registry: Registry): Workflow {
  const [place, value] = split(text, '--set', 'node.input=value')
  const dot = place.lastIndexOf('.')
  if (dot <= 0) throw new BadArguments(`--set must have the form node.input=value, got "${text}".`)
  const [id, input] = [place.slice(0, dot), place.slice(dot + 1)]
  const node: WorkflowNode | undefined = workflow.nodes[id]
  const port = node && registry.get(node.type)?.inputs[input]
  if (!node) throw new BadArguments(`--set names node "${id}", which the workflow does not have.`)
  const inputs = { ...node.inputs, [input]: port ? readValue(value, port) : value }
  return { ...workflow, nodes: { ...workflow.nodes, [id]: { ...node, inputs } } }
}

/** What the parameters of a workflow take, as lines of help. */
export function parameterHelp(workflow: Workflow, registry: Registry): string[] {
  return openParameters(workflow, registry).flatMap(({ name, port, value, hint, label }) => {
    const about = hint ?? port.hint ?? label ?? ''
    return [`  --${name} <${kindOf(port)}>${about ? `  ${about}` : ''}${defaultOf(value)}`]
  })
}

function kindOf(port: Port): string {
  if (port.upload) return 'file, folder or pattern'
  if (port.choices) return port.choices.join('|')
  const kind = { INT: 'integer', FLOAT: 'number', TEXT: 'text', TOGGLE: 'true|false' }[port.type] ?? port.type
  const { min, max } = port
  if (min !== undefined && max !== undefined) return `${kind} ${min}…${max}`
  return min === undefined ? kind : `${kind} from ${min}`
}

const defaultOf = (value: Input | undefined): string =>
  value === undefined || value === '' ? ' (required)' : ` (default ${JSON.stringify(value)})`
