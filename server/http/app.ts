import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import { nanoid } from 'nanoid'
import type { ServerConfig } from '../server-config.js'
import type { Services } from '../services.js'
import { sendAnswer } from './answer.js'
import { checkOrigin } from './guard.js'
import { mountDoors } from './mount.js'
import { Refusal } from './refusal.js'
import type { Door } from './route.js'

/** Requests a minute from one address. */
const PER_MINUTE = 1200

/** Makes the web application of a server: what every request passes, then the doors. */
export function createApp(services: Services, doors: readonly Door[]): Express {
  const { config } = services
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  // A proxy on this machine tells whom it speaks for; anybody else's word is not taken.
  app.set('trust proxy', 'loopback')
  app.use((request, response, next) => begin(request, response, next, services))
  app.use(securityHeaders(config))
  app.use((request, response, next) => admit(request, response, next, config, doors))
  // Alone on his machine nobody needs to be kept from himself.
  if (config.access !== 'open') app.use(limitRate(doors))
  mountDoors(app, services, doors)
  app.use((request, response) => answerUnknown(request, response, doors))
  return app
}

/** Gives the request an id and writes its line when it has been answered: the route's pattern, never what fills it. */
function begin(request: Request, response: Response, next: NextFunction, { log }: Services): void {
  const started = performance.now()
  const id = nanoid(12)
  response.locals.id = id
  response.setHeader('X-Request-Id', id)
  response.once('close', () => {
    const { route, who } = response.locals
    const ms = Math.round((performance.now() - started) * 10) / 10
    log.info({ request: id, method: request.method, route, status: response.statusCode, ms, who }, 'answered')
  })
  next()
}

/** Refuses foreign pages, and lets those of `origins` read what they are answered. */
async function admit(
  request: Request,
  response: Response,
  next: NextFunction,
  config: ServerConfig,
  doors: readonly Door[],
): Promise<void> {
  try {
    checkOrigin(request, config)
  } catch (error) {
    await sendAnswer(response, doorOf(request, doors).fail(error as Refusal))
    return
  }
  const { origin } = request.headers
  if (origin === undefined || !config.origins.includes(origin)) return next()
  response.setHeader('Access-Control-Allow-Origin', origin)
  response.setHeader('Access-Control-Allow-Credentials', 'true')
  response.setHeader('Vary', 'Origin')
  if (request.method !== 'OPTIONS') return next()
  response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
  response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, Comfy-User')
  response.setHeader('Access-Control-Max-Age', '600')
  await sendAnswer(response, { status: 204 })
}

/** Strict, and as much as the editor needs: pictures from memory, threads from memory, styles on elements. */
const securityHeaders = ({ origins }: ServerConfig) =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'blob:', 'data:'],
        connectSrc: ["'self'", 'ws:', 'wss:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
      },
    },
    crossOriginResourcePolicy: { policy: origins.length > 0 ? 'same-site' : 'same-origin' },
    // Meaningless on plain HTTP; behind HTTPS the proxy in front says it.
    strictTransportSecurity: false,
  })

const limitRate = (doors: readonly Door[]) =>
  rateLimit({
    windowMs: 60_000,
    limit: PER_MINUTE,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (request, response) =>
      sendAnswer(
        response,
        doorOf(request, doors).fail(
          new Refusal(429, 'too-many-requests', `At most ${PER_MINUTE} requests a minute are answered; wait a moment.`),
        ),
      ),
  })

async function answerUnknown(request: Request, response: Response, doors: readonly Door[]): Promise<void> {
  const allowed: readonly string[] = [...new Set<string>(response.locals.allowed)]
  const refusal =
    allowed.length === 0
      ? new Refusal(404, 'not-found', 'Not Found')
      : new Refusal(405, 'method-not-allowed', 'Method Not Allowed', [], { Allow: allowed.join(', ') })
  await sendAnswer(response, doorOf(request, doors).fail(refusal))
}

const ORIGINAL = /^\/(api\/(auth|upload|generation|history|settings)|uploads|outputs)(\/|$)/

/** Whose form an answer takes that no route gives. */
function doorOf({ path }: Request, doors: readonly Door[]): Door {
  const name = ORIGINAL.test(path) ? 'original' : path.startsWith('/api') ? 'native' : 'comfy'
  return doors.find(door => door.name === name) ?? (doors[0] as Door)
}
