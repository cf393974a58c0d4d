import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { comfyDoor } from '../../../server/comfy/door.js'
import { docsPage } from '../../../server/http/docs/page.js'
import { type Openapi, openapi } from '../../../server/http/openapi.js'
import { Refusal } from '../../../server/http/refusal.js'
import { type Door, route } from '../../../server/http/route.js'
import { nativeDoor } from '../../../server/native/door.js'
import { originalDoor } from '../../../server/original/door.js'
import Type from '../../../server/schema.js'
import { startServer } from '../serving.js'

const { services, url } = await startServer()
const doors = [nativeDoor(services), originalDoor(services), comfyDoor(services)]
const facts = { version: '1.2.3', access: 'accounts' } as const
/** As it arrives: what is not JSON is gone. */
const read = (document: Openapi): Openapi => JSON.parse(JSON.stringify(document))
const api = read(openapi(doors, facts))
const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

test('every route of every door is described, where it answers', () => {
  for (const door of doors)
    for (const { method, path, about, access } of door.routes) {
      const operation = api.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method]
      const answering = doors.find(({ routes }) => routes.some(other => other.method === method && other.path === path))
      assert.equal(operation?.tags[0], answering?.name, `${method} ${path}`)
      if (answering === door) assert.deepEqual([operation?.summary, operation?.['x-access']], [about, access])
    }
})

test('the description has the structure that OpenAPI 3.1 asks for', () => {
  assert.deepEqual(faultsOf(api), [])
})

test('the check of the structure finds what is wrong', () => {
  const operation = { ...operations[0]!.operation, operationId: 'same' }
  const { parameters: _, ...bare } = operation
  const broken = (paths: object) => faultsOf({ ...api, paths } as Openapi).length
  assert.equal(broken({ '/a': { get: operation } }), 0)
  assert.equal(broken({ a: { get: operation } }), 1)
  assert.equal(broken({ '/a': { fetch: operation } }), 1)
  assert.equal(broken({ '/a': { get: operation }, '/b': { get: operation } }), 1)
  assert.equal(broken({ '/{id}': { get: bare } }), 1)
  assert.equal(broken({ '/a': { get: { ...operation, tags: ['none'] } } }), 1)
  assert.equal(broken({ '/a': { get: { ...operation, security: [{ key: [] }] } } }), 1)
  assert.equal(broken({ '/a': { get: { ...operation, responses: { ok: { description: '' } } } } }), 1)
  const content = (schema: object) => ({ ...operation, requestBody: { content: { 'application/json': { schema } } } })
  assert.equal(broken({ '/a': { get: content({ type: 'text' }) } }), 1)
  assert.equal(broken({ '/a': { get: content({ $ref: '#/components/schemas/none' }) } }), 1)
})

test('doors refuse in the form that is described', () => {
  const ajv = new Ajv2020({ strict: false })
  const fault = { place: ['body', 'n', 0], message: 'm', keyword: 'type', params: { type: 'integer' }, value: 'x' }
  const issue = { code: 'unknown-node', node: 'a', message: 'm' } as const
  const refusals = [
    new Refusal(404, 'not-found', 'Not found'),
    new Refusal(400, 'invalid', 'Invalid', [fault]),
    new Refusal(400, 'invalid-workflow', 'Invalid', [], {}, [issue]),
  ]
  for (const { name, fail } of doors) {
    const schema = closed(api.components.schemas[`${name}-refusal`] as object)
    for (const refusal of refusals) {
      const { json } = fail(refusal)
      assert(ajv.validate(schema, json), `${name}: ${JSON.stringify(json)}: ${ajv.errorsText()}`)
    }
  }
})

test('who may call follows from the access of a route and of the server', () => {
  const door: Door = {
    name: 'native',
    fail: () => ({}),
    routes: (['anyone', 'visitor', 'user', 'operator'] as const).map(access =>
      route({ method: 'get', path: `/${access}`, about: 'x', access, handle: () => undefined }),
    ),
  }
  const mayBeNobody = (access: 'open' | 'accounts' | 'public') =>
    Object.values(openapi([door], { version: '', access }).paths)
      .flatMap(({ get }) => get!)
      .filter(({ security }) => security.length === 0 || security.some(way => Object.keys(way).length === 0))
      .map(operation => operation['x-access'])
  assert.deepEqual(mayBeNobody('open'), ['anyone', 'visitor', 'operator'])
  assert.deepEqual(mayBeNobody('public'), ['anyone', 'visitor'])
  assert.deepEqual(mayBeNobody('accounts'), ['anyone'])
})

test('the page shows every route, and takes nothing from elsewhere', () => {
  const page = docsPage(api)
  for (const { operation } of operations) assert(page.includes(`id="${operation.operationId}"`), operation.operationId)
  const taken = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url ?? '')
  assert.deepEqual(
    taken.filter(url => !/^[/#][\w.-]/.test(url)),
    [],
  )
  for (const hash of taken.filter(url => url.startsWith('#'))) assert(page.includes(`id="${hash.slice(1)}"`), hash)
  assert.doesNotMatch(page, /<script(?! src="\/docs\.js")|\son\w+=|url\(|@import|javascript:/)
})

test('what routes say of themselves is text on the page, not HTML', () => {
  const about = '<img src=x onerror=alert(1)> & "more"'
  const routes = [
    route({
      method: 'get',
      path: '/x',
      about,
      access: 'anyone',
      query: Type.Object({ a: Type.Enum(['<b>'], { description: about }) }),
      handle: () => undefined,
    }),
  ]
  const page = docsPage(openapi([{ name: 'native', routes, fail: () => ({}) }], facts))
  assert.doesNotMatch(page, /<img|<b>/)
  assert.match(page, /&lt;img src=x onerror=alert\(1\)&gt; &amp; &quot;more&quot;/)
})

test('the description is answered as JSON, as a page and with the script of the page', async () => {
  const get = async (path: string) => {
    const { status, headers, text } = await fetch(url + path).then(async answer => ({
      status: answer.status,
      headers: answer.headers,
      text: await answer.text(),
    }))
    assert.equal(status, 200, path)
    return { type: headers.get('content-type'), policy: headers.get('content-security-policy') ?? '', text }
  }
  for (const path of ['/api/openapi.json', '/openapi.json']) {
    const { type, text } = await get(path)
    assert.equal(type, 'application/json')
    assert.deepEqual(Object.keys(JSON.parse(text).paths), Object.keys(api.paths))
  }
  for (const path of ['/docs', '/api/docs']) {
    const { type, text, policy } = await get(path)
    assert.equal(type, 'text/html; charset=utf-8')
    assert.match(text, /^<!doctype html>/)
    // What the page needs, and nothing more.
    assert.match(policy, /default-src 'self'/)
    assert.match(policy, /style-src 'self' 'unsafe-inline'/)
    assert.doesNotMatch(policy, /script-src|unsafe-eval/)
  }
  const { type, text } = await get('/docs.js')
  assert.equal(type, 'text/javascript; charset=utf-8')
  assert.doesNotThrow(() => new Function(text))
})

test('what a handler reads itself is described as well', () => {
  const taken = (path: string) => Object.keys(api.paths[path]?.post?.requestBody?.content ?? {})
  assert.deepEqual(taken('/api/artifacts'), ['multipart/form-data', 'image/*'])
  assert.deepEqual(taken('/api/workflows/import'), ['application/json', 'multipart/form-data', 'image/*'])
  assert.deepEqual(taken('/api/upload/image'), ['multipart/form-data'])
})

/** What OpenAPI 3.1 asks of a document and this one does not keep. Source: OpenAPI 3.1.1, sections 4.8.1 to 4.8.30. */
function faultsOf({ openapi: version, info, tags, paths, components }: Openapi): string[] {
  const faults: string[] = []
  const check = (isGood: unknown, fault: string) => void (isGood || faults.push(fault))
  check(/^3\.1\.\d+$/.test(version), 'openapi')
  check(info.title && info.version, 'info')
  check(
    tags.every(({ name }, index) => tags.findIndex(tag => tag.name === name) === index),
    'tags are unique',
  )
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'api:', components })
  const checkSchema = (schema: object, place: string) => {
    try {
      const text = JSON.stringify(schema).replaceAll('"#/', '"api:#/')
      check(!text.includes('undefined') && ajv.compile(JSON.parse(text)), `${place}: schema`)
    } catch (error) {
      check(false, `${place}: ${error}`)
    }
  }
  for (const [name, schema] of Object.entries(components.schemas)) {
    check(/^[\w.-]+$/.test(name), `component ${name}`)
    checkSchema(schema, name)
  }
  const templates = Object.keys(paths).map(path => path.replace(/{\w+}/g, '{}'))
  check(new Set(templates).size === templates.length, 'paths that mean the same')
  const ids = new Set<string>()
  for (const [path, methods] of Object.entries(paths)) {
    check(path.startsWith('/'), `${path} starts with a slash`)
    for (const [method, operation] of Object.entries(methods)) {
      const place = `${method} ${path}`
      const { operationId, parameters = [], requestBody, responses, security, summary } = operation
      check(['get', 'put', 'post', 'delete', 'patch'].includes(method), `${place}: method`)
      check(/^\w+$/.test(operationId) && !ids.has(operationId), `${place}: operationId ${operationId}`)
      ids.add(operationId)
      check(typeof summary === 'string' && summary !== '', `${place}: summary`)
      check(
        operation.tags.every(tag => tags.some(({ name }) => name === tag)),
        `${place}: tags`,
      )
      const known = security.flatMap(way => Object.keys(way)).every(name => name in components.securitySchemes)
      check(known, `${place}: security`)
      const named = parameters.filter(({ in: where }) => where === 'path').map(({ name }) => name)
      const wanted = [...path.matchAll(/{(\w+)}/g)].map(([, name]) => name)
      check(JSON.stringify(named) === JSON.stringify(wanted), `${place}: path parameters`)
      const keys = parameters.map(({ name, in: where }) => `${where} ${name}`)
      check(new Set(keys).size === keys.length, `${place}: a parameter twice`)
      for (const { name, in: where, required, schema } of parameters) {
        check(where === 'query' || required, `${place}: ${name} of a path is required`)
        checkSchema(schema, `${place} ${name}`)
      }
      check(Object.keys(responses).length > 0, `${place}: no response`)
      for (const [status, { description }] of Object.entries(responses))
        check(/^(default|[1-5](\d\d|XX))$/.test(status) && typeof description === 'string', `${place}: ${status}`)
      for (const { content = {} } of [requestBody ?? {}, ...Object.values(responses)])
        for (const [type, { schema }] of Object.entries(content)) {
          check(/^[\w*-]+\/[\w*.+-]+$/.test(type), `${place}: ${type}`)
          checkSchema(schema, `${place} ${type}`)
        }
    }
  }
  return faults
}

/** The schema, with nothing in its objects that it does not name: what is not described is found. */
function closed(schema: object): object {
  const copy = JSON.parse(JSON.stringify(schema), (_, value) =>
    value?.type === 'object' && value.properties && Object.keys(value.properties).length > 0
      ? { ...value, additionalProperties: false }
      : value,
  )
  return copy
}
