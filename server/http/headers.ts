import type { Request, RequestHandler, Response } from 'express'
import helmet from 'helmet'
import type { ServerConfig } from '../server-config.js'

type Origins = Pick<ServerConfig, 'origins'>

/** Strict, and as much as the editor needs: pictures from memory, threads from memory, styles on elements. */
export const securityHeaders = ({ origins }: Origins): RequestHandler =>
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
    // Pages of `origins` show our pictures, too; the guard sees to it that only they do.
    crossOriginResourcePolicy: { policy: origins.length > 0 ? 'cross-origin' : 'same-origin' },
    xFrameOptions: { action: 'deny' },
    // Meaningless on plain HTTP; behind HTTPS the proxy in front says it.
    strictTransportSecurity: false,
  })

const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, Comfy-User',
  'Access-Control-Max-Age': '600',
}

/** Lets pages of `origins` read what they are answered; the guard has refused all others. */
export function allowOrigin({ method, headers: { origin } }: Request, response: Response, { origins }: Origins): void {
  if (origins.length === 0) return
  response.vary('Origin')
  if (origin === undefined || !origins.includes(origin)) return
  response.setHeader('Access-Control-Allow-Origin', origin)
  response.setHeader('Access-Control-Allow-Credentials', 'true')
  response.setHeader('Access-Control-Expose-Headers', 'Content-Disposition, Retry-After, X-Request-Id')
  if (method === 'OPTIONS') for (const [name, value] of Object.entries(PREFLIGHT)) response.setHeader(name, value)
}
