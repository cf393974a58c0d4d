import type { Request, RequestHandler, Response } from 'express'
import type { Services } from '../services.js'
import { routeAnswerer } from './answer-route.js'
import { checkOrigin } from './guard.js'
import { allowOrigin } from './headers.js'
import { Refusal } from './refusal.js'
import { refuse } from './refuse.js'
import type { Door } from './route.js'
import { type Found, openTable } from './table.js'

/** Answers every request: by the route that its method and path name, or with a refusal in the form of their door. */
export function dispatcher(services: Services, doors: readonly Door[], bodyMs: number): RequestHandler {
  const { config, log } = services
  const table = openTable(doors)
  const answerRoute = routeAnswerer(services, bodyMs)
  return async (request, response) => {
    const known = table.find(request.path)
    const found = known.find(({ route }) => answers(route.method, request.method))
    const door = (found ?? known[0])?.door ?? doorOf(request.path, doors)
    try {
      checkOrigin(request, config)
      allowOrigin(request, response, config)
      if (found) await answerRoute(request, response, found)
      else answerOthers(request, response, known)
    } catch (error) {
      await refuse(error, response, door, log)
    }
  }
}

const answers = (method: string, asked: string) =>
  method === asked.toLowerCase() || (asked === 'HEAD' && method === 'get')

/** @throws Refusal 404 for an unknown path, 405 for an unknown method, in the sentences of the replaced system. */
function answerOthers({ method }: Request, response: Response, known: readonly Found[]): void {
  if (known.length === 0) throw new Refusal(404, 'not-found', 'Not Found')
  const methods = known.map(({ route }) => route.method.toUpperCase())
  const Allow = [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].join(', ')
  if (method !== 'OPTIONS') throw new Refusal(405, 'method-not-allowed', 'Method Not Allowed', [], { Allow })
  response.status(204).setHeader('Allow', Allow).end()
}

const ORIGINAL = /^\/(api\/(auth|upload|generation|history|settings)|uploads|outputs|demo)(\/|$)/

/** Whose form an answer has where no door has the path. */
function doorOf(path: string, doors: readonly Door[]): Door {
  const name = ORIGINAL.test(path) ? 'original' : /^\/api(\/|$)/.test(path) ? 'native' : 'comfy'
  return doors.find(door => door.name === name) ?? (doors[0] as Door)
}
