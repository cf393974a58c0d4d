import type { Request, Response } from 'express'
import { ownerOf } from '../access/principal.js'
import type { Services } from '../services.js'
import { addressOf } from '../socket/address.js'
import { sendAnswer } from './answer.js'
import { openRoom, readJson } from './body.js'
import { identify } from './identify.js'
import { openRates } from './rates.js'
import type { Call, Route } from './route.js'
import { decodeParams, type Found } from './table.js'
import { traceOf } from './trace.js'
import { openValidator } from './validate.js'

/** Bytes of a JSON body: a workflow of thousands of nodes. */
const BODY_BYTES = 16 << 20
/** Of all bodies that are on their way at one moment. */
const ROOM_BYTES = 256 << 20
/** What whoever reaches the port may send without being known. */
const STRANGERS_BYTES = 64 << 10

/** Makes what answers the calls of routes: asks who calls and how often, checks what came, lets the route answer. */
export function routeAnswerer(services: Services, bodyMs: number) {
  const { config } = services
  const validate = openValidator()
  const rates = openRates()
  const room = openRoom(ROOM_BYTES)

  /** All that came of a call, the cheap first. */
  const read = async (request: Request, route: Route, params: Found['params'], weigh: (bytes: number) => void) => {
    const path = decodeParams(params)
    const query = queryOf(request.url)
    if (route.params) validate(route.params, 'path', path)
    if (route.query) validate(route.query, 'query', query)
    if (!route.body) return { params: path, query, body: undefined }
    const limits = { bytes: route.access === 'anyone' ? STRANGERS_BYTES : BODY_BYTES, ms: bodyMs, room, weigh }
    const body = await readJson(request, limits, route.bodyOptional ?? false)
    validate(route.body, 'body', body)
    return { params: path, query, body }
  }

  return async (request: Request, response: Response, { door, route, params }: Found): Promise<void> => {
    const trace = traceOf(response)
    trace.route = route.path
    // Before anything is waited for: a caller that goes meanwhile would never be heard to go.
    const sent = new Promise<void>(resolve => void response.once('close', resolve))
    const who = await identify(request, route.access, door, services)
    trace.who = who.kind
    // Alone on his machine nobody needs to be kept from himself.
    const isCounted = config.access !== 'open'
    if (isCounted) rates.count(who, addressOf(request), route)
    const weigh = (bytes: number) => {
      if (isCounted) rates.weigh(who, addressOf(request), bytes)
    }
    const seesAnonymous = config.access === 'open'
    const came = await read(request, route, params, weigh)
    const call: Call = { ...came, who, owner: ownerOf(who), seesAnonymous, request, response, sent }
    const answer = await route.handle(call)
    if (answer) await sendAnswer(response, answer)
  }
}

/** A name that comes more than once is a list. */
function queryOf(url: string): Record<string, string | string[]> {
  const at = url.indexOf('?')
  const query: Record<string, string | string[]> = Object.create(null)
  if (at < 0) return query
  for (const [name, value] of new URLSearchParams(url.slice(at))) {
    const before = query[name]
    query[name] = before === undefined ? value : [before, value].flat()
  }
  return query
}
