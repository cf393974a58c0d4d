import fc from 'fast-check'
import type { Door, Route } from '../../../server/http/route.js'
import { brokenForms, type Known, ODD, valuesOf } from './schema-values.js'

/** One request, as it goes out. */
export interface Fuzz {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

type Parts = Pick<Fuzz, 'headers' | 'body'>

/** What a server is known to have and to take. */
export interface KnownServer extends Known {
  /** Bodies that are taken, by path; one that is broken at a single place comes further than one that is made up. */
  readonly bodies: Readonly<Record<string, unknown>>
  /** The header of somebody who is signed in. */
  readonly user: Readonly<Record<string, string>>
}

/** Requests to all routes of doors at all their places: mostly as their schemas want them. */
export function requestsTo(doors: readonly Door[], known: KnownServer): fc.Arbitrary<Fuzz> {
  const places = doors.flatMap(door =>
    ['', ...(door.prefixes ?? [])].flatMap(prefix =>
      door.routes.map(route => ({
        // What takes a body can be done wrong in more ways.
        weight: route.body ? 4 : 1,
        arbitrary: requestsOf(prefix, route, known),
      })),
    ),
  )
  return fc.oneof(...places)
}

const OTHER_METHODS = fc.constantFrom('head', 'options', 'put', 'delete', 'propfind')

function requestsOf(prefix: string, route: Route, known: KnownServer): fc.Arbitrary<Fuzz> {
  return fc
    .record({
      method: fc.oneof(
        { weight: 12, arbitrary: fc.constant<string>(route.method) },
        { weight: 1, arbitrary: OTHER_METHODS },
      ),
      path: pathsOf(prefix + route.path, known),
      query: queriesOf(route, known),
      parts: route.method === 'get' ? fc.constant<Parts>({ headers: {} }) : bodiesOf(route, known),
      // Who signs out would be nobody from then on.
      more: /\/(logout|session)$/.test(route.path) ? fc.constant({}) : headersOf(known),
    })
    .map(({ method, path, query, parts: { body, headers }, more }) => ({
      method: method.toUpperCase(),
      path: path + query,
      headers: { ...headers, ...more },
      ...(body === undefined ? {} : { body }),
    }))
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
const textsOf = ({ texts }: Known) =>
  fc.oneof(texts, ODD, fc.string({ unit: 'binary', maxLength: 20 })).map(value => textOf(value).slice(0, 500))

/** Lone surrogates have no UTF-8, and so no escapes. */
const escaped = (value: string) => encodeURIComponent(Buffer.from(value).toString())

function pathsOf(path: string, known: Known): fc.Arbitrary<string> {
  const segment = fc.oneof(
    { weight: 6, arbitrary: textsOf(known).map(value => escaped(value) || 'x') },
    { weight: 1, arbitrary: fc.constantFrom('%', '%zz', '%ff', '%00', '..', '.', '%2e%2e%2f', '%2F', '~', ':id') },
  )
  const parts = path.split('/').map(part => {
    const [, name, end = ''] = /^(:\w+)(.*)$/.exec(part) ?? []
    return name ? segment.map(value => value + end) : fc.constant(part)
  })
  return fc.tuple(...parts).map(segments => segments.join('/'))
}

function queriesOf({ query }: Route, known: Known): fc.Arbitrary<string> {
  const name = fc.constantFrom(...Object.keys(query?.properties ?? {}), 'x', '__proto__', 'token', 'key')
  const odd = fc.array(fc.tuple(name, textsOf(known)), { maxLength: 4 })
  const fit = query ? valuesOf(query, known).map(value => Object.entries(value ?? {})) : fc.constant([])
  return fc.oneof(fit, odd).map(pairs => {
    const said = pairs.map(([key, value]) => `${escaped(key)}=${escaped(textOf(value).slice(0, 500))}`)
    return said.length > 0 ? `?${said.join('&')}` : ''
  })
}

function bodiesOf({ body, path }: Route, known: KnownServer): fc.Arbitrary<Parts> {
  const made = body ? valuesOf(body, known) : known.documents
  const good = known.bodies[path]
  const json = (good === undefined ? made : fc.oneof(made, fc.constant(good), brokenForms(good))).map(textOf)
  const whole = json.map(body => ({ body, headers: { 'Content-Type': 'application/json' } }))
  const cut = fc.tuple(json, fc.nat(100), fc.string()).map(([text, at, put]) => ({
    body: text.slice(0, at) + put + text.slice(at + 1),
    headers: {},
  }))
  const bytes = fc.uint8Array({ maxLength: 100 }).map(part => ({ body: Buffer.from(part), headers: {} }))
  return fc.oneof(
    { weight: body ? 8 : 1, arbitrary: whole },
    { weight: 2, arbitrary: cut },
    { weight: 1, arbitrary: bytes },
    { weight: body ? 1 : 4, arbitrary: FORMS },
    { weight: 1, arbitrary: fc.constant<Parts>({ headers: {} }) },
  )
}

/** Forms with a file, some of which break off. */
const FORMS = fc
  .record({
    field: fc.constantFrom('file', 'image', '__proto__', ''),
    name: fc.string({ maxLength: 20 }),
    content: fc.string(),
    missing: fc.constantFrom(0, 0, 2, 7, 20),
  })
  .map(({ field, name, content, missing }) => {
    const head = `--b\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\n\r\n`
    const body = `${head}${content}\r\n--b--\r\n`
    return {
      body: body.slice(0, body.length - missing),
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    }
  })

const HEADERS = fc.constantFrom(
  ...['Range', 'If-None-Match', 'If-Range', 'Accept', 'Authorization', 'Cookie', 'Content-Type', 'Comfy-User'],
  ...['X-Forwarded-For', 'X-Forwarded-Proto', 'Content-Encoding', 'Accept-Encoding'],
)
const HEADER_VALUES = fc.oneof(
  fc.constantFrom('bytes=0-', 'bytes=-1', 'bytes=9-1', 'bytes=0-0,2-3', 'bytes=99999999999999999999-', '*', 'W/"x"'),
  fc.constantFrom('Bearer', 'Bearer x', 'Basic !', 'portrait_session=x', 'gzip', 'text/html', 'text/html;q=x', '::1'),
  fc.string({ maxLength: 20 }).map(value => value.replace(/[^\x20-\x7e]/g, '?').trim()),
)

const headersOf = ({ user }: KnownServer): fc.Arbitrary<Readonly<Record<string, string>>> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant({}) },
    { weight: 3, arbitrary: fc.constant(user) },
    { weight: 2, arbitrary: fc.dictionary(HEADERS, HEADER_VALUES, { maxKeys: 3 }) },
  )
