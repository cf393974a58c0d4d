import type { AccessMode } from '../server-config.js'
import { DOORS, REFUSALS } from './openapi-doors.js'
import type { Access, Door, Route } from './route.js'

/** JSON Schema, as far as this server writes it. */
export type Schema = Readonly<Record<string, unknown>>

/** What OpenAPI says of one route. */
export interface Operation {
  readonly operationId: string
  readonly tags: readonly [Door['name']]
  readonly summary: string
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
  /** Who may call, in this server's own word. */
  readonly 'x-access': Access
}

/** A value in the path or the query. */
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly description?: string
  readonly schema: Schema
}

export type Content = Readonly<Record<string, { readonly schema: Schema }>>

/** An OpenAPI document. Source: OpenAPI 3.1.1. */
export interface Openapi {
  readonly openapi: '3.1.1'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly tags: readonly { readonly name: Door['name']; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Readonly<Record<'schemas' | 'securitySchemes', Readonly<Record<string, Schema>>>>
}

/** What the description of an API depends on, beside its routes. */
export interface ApiFacts {
  readonly version: string
  readonly access: AccessMode
}

/** Describes all routes of doors from what mounts and checks them; of two with one method and path the first, as it answers. */
export function openapi(doors: readonly Door[], { version, access }: ApiFacts): Openapi {
  const paths: Record<string, Record<string, Operation>> = {}
  for (const door of doors)
    for (const route of door.routes) {
      const operations = (paths[route.path.replace(/:(\w+)/g, '{$1}')] ??= {})
      operations[route.method] ??= operationOf(route, door, access)
    }
  return {
    openapi: '3.1.1',
    info: {
      title: 'IP-to-Portrait',
      version,
      description: 'Portraits of the person of one photo in the scene of another, made by workflows of nodes.',
    },
    tags: doors.map(({ name }) => ({ name, description: DOORS[name] })),
    paths,
    components: { schemas: REFUSALS, securitySchemes: SECURITY },
  }
}

const SECURITY = {
  token: { type: 'http', scheme: 'bearer', description: "A session's token, or the operator's." },
  password: { type: 'http', scheme: 'basic', description: 'The token as the password, under any name.' },
  cookie: { type: 'apiKey', in: 'cookie', name: 'portrait_session', description: 'What signing in gives a browser.' },
} as const satisfies Record<string, Schema>

function operationOf(route: Route, door: Door, mode: AccessMode): Operation {
  const parameters = [...pathParameters(route), ...queryParameters(route)]
  const content = { ...route.content, ...(route.body ? { 'application/json': route.body } : {}) }
  return {
    operationId: idOf(route, door),
    tags: [door.name],
    summary: route.about,
    security: securityOf(route.access, mode),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(Object.keys(content).length > 0
      ? { requestBody: { required: !route.bodyOptional, content: contentOf(content) } }
      : {}),
    responses: {
      '2XX': route.answer
        ? { description: 'What was asked for.', content: contentOf({ 'application/json': route.answer }) }
        : { description: 'Done; a file, if one was asked for.' },
      default: {
        description: 'A refusal.',
        content: contentOf({ 'application/json': { $ref: `#/components/schemas/${door.name}-refusal` } }),
      },
    },
    'x-access': route.access,
  }
}

const contentOf = (schemas: Readonly<Record<string, unknown>>): Content =>
  Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema: schema as Schema }]))

/** 'getRunsById'; with the door's name, except for our own. */
function idOf({ method, path }: Route, { name }: Door): string {
  const parts = path
    .replace(/^\/api(?=\/)/, '')
    .split(/[/_.-]/)
    .filter(Boolean)
  const words = [method, ...parts.map(part => (part.startsWith(':') ? `by ${part.slice(1)}` : part))]
  const [first = '', ...rest] = [...(name === 'native' ? [] : [name]), ...words].flatMap(word => word.split(/[ _]/))
  return first + rest.map(word => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

const pathParameters = ({ path, params }: Route): Parameter[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => parameter(name, 'path', true, params?.properties[name]))

function queryParameters({ query }: Route): Parameter[] {
  const required: readonly string[] = (query as { required?: string[] } | undefined)?.required ?? []
  return Object.entries(query?.properties ?? {}).map(([name, schema]) =>
    parameter(name, 'query', required.includes(name), schema),
  )
}

function parameter(name: string, place: 'path' | 'query', required: boolean, schema: object = { type: 'string' }) {
  const { description, ...rest } = schema as Schema & { description?: string }
  return { name, in: place, required, ...(description ? { description } : {}), schema: rest }
}

function securityOf(access: Access, mode: AccessMode): Operation['security'] {
  const [token, password, cookie, nobody] = [{ token: [] }, { password: [] }, { cookie: [] }, {}]
  switch (access) {
    case 'anyone':
      return []
    case 'visitor':
      return mode === 'accounts' ? [token, password, cookie] : [nobody, token, password, cookie]
    case 'user':
      return [token, password, cookie]
    case 'operator':
      return mode === 'open' ? [nobody, token, password] : [token, password]
  }
}
