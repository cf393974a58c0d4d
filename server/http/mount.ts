import type { Express, NextFunction, Request, Response } from 'express'
import { InvalidWorkflow, messageOf } from '../../engine/errors.js'
import { ownerOf } from '../access/principal.js'
import type { Services } from '../services.js'
import { sendAnswer } from './answer.js'
import { readJson } from './body.js'
import { identify } from './identify.js'
import { Refusal } from './refusal.js'
import type { Call, Door, Route } from './route.js'
import { openValidator } from './validate.js'

type Validate = ReturnType<typeof openValidator>

/** Bytes of a JSON body: a workflow of thousands of nodes. */
const BODY_BYTES = 32 * 2 ** 20

/** Mounts the routes of doors; where two have the same method and path, the first one answers. */
export function mountDoors(app: Express, services: Services, doors: readonly Door[]): void {
  const validate = openValidator()
  for (const door of doors) {
    for (const prefix of ['', ...(door.prefixes ?? [])]) {
      for (const route of door.routes) {
        app[route.method](prefix + route.path, (request, response) =>
          handle(request, response, route, door, { services, validate }),
        )
      }
      // Reached only if no route of the same path has the method.
      for (const route of door.routes) {
        app.all(prefix + route.path, (_request: Request, response: Response, next: NextFunction) => {
          response.locals.allowed = [...(response.locals.allowed ?? []), route.method.toUpperCase()]
          next()
        })
      }
    }
  }
}

interface Surroundings {
  readonly services: Services
  readonly validate: Validate
}

async function handle(
  request: Request,
  response: Response,
  route: Route,
  door: Door,
  { services, validate }: Surroundings,
): Promise<void> {
  response.locals.route = route.path
  try {
    const who = await identify(request, route.access, door, services)
    response.locals.who = who.kind
    const call = {
      params: check(validate, route.params, 'path', { ...request.params }),
      query: check(validate, route.query, 'query', queryOf(request)),
      body:
        route.body && validate(route.body, 'body', await readJson(request, BODY_BYTES, route.bodyOptional ?? false)),
      who,
      owner: ownerOf(who),
      seesAnonymous: services.config.access === 'open',
      request,
      response,
      sent: new Promise<void>(resolve => void response.once('close', resolve)),
    } as Call
    const answer = await route.handle(call)
    if (answer) await sendAnswer(response, answer)
  } catch (error) {
    await refuse(error, request, response, door, services)
  }
}

const check = (validate: Validate, schema: Route['query'], place: 'path' | 'query', value: object) =>
  schema ? validate(schema, place, value) : value

/** A name that comes more than once is a list. */
function queryOf(request: Request): Record<string, string | string[]> {
  const at = request.url.indexOf('?')
  const query: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of new URLSearchParams(at < 0 ? '' : request.url.slice(at))) {
    const before = query[name]
    query[name] = before === undefined ? value : [before, value].flat()
  }
  return query
}

/** Says in the door's form why there is no better answer. What is nobody's fault but ours is logged, and not told. */
async function refuse(
  error: unknown,
  request: Request,
  response: Response,
  door: Door,
  { log }: Services,
): Promise<void> {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const refusal = toRefusal(error, response)
  if (refusal.status === 500) log.error({ err: error, request: response.locals.id }, 'A request failed')
  // What is left of the body would be taken for the next request.
  if (!request.complete) response.setHeader('Connection', 'close')
  await sendAnswer(response, door.fail(refusal))
}

function toRefusal(error: unknown, { locals }: Response): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof InvalidWorkflow) return new Refusal(400, 'invalid-workflow', error.message, [], {}, error.issues)
  // The caller went away or broke off while his body was read.
  if (messageOf(error) === 'aborted') return new Refusal(400, 'aborted', 'The request broke off.')
  return new Refusal(500, 'internal', `The server failed; its log has the cause under request ${locals.id}.`)
}
