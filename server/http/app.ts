import express, { type Express } from 'express'
import type { Services } from '../services.js'
import { dispatcher } from './dispatch.js'
import { docsDoor } from './docs/door.js'
import { securityHeaders } from './headers.js'
import type { Door } from './route.js'
import { traced } from './trace.js'

/** In which a JSON body must have come whole. */
const BODY_MS = 60_000

/** Makes the web application of a server: its doors, and what describes them. */
export function createApp(services: Services, doors: readonly Door[], { bodyMs = BODY_MS } = {}): Express {
  const { config, log } = services
  const app = express()
  app.disable('x-powered-by').disable('etag')
  // A proxy on this machine tells whom it speaks for; anybody else's word is not taken.
  app.set('trust proxy', 'loopback')
  app.use(traced(log), securityHeaders(config), dispatcher(services, [...doors, docsDoor(doors, services)], bodyMs))
  return app
}
