import type { RequestHandler, Response } from 'express'
import { nanoid } from 'nanoid'
import type { Logger } from 'pino'
import type { Principal } from '../access/principal.js'

/** What is logged of a request. */
export interface Trace {
  readonly id: string
  /** As it is written in the code: a path may name what is secret. */
  route?: string
  who?: Principal['kind']
}

/** The trace of the request that is being answered. */
export const traceOf = ({ locals }: Response): Trace => locals.trace as Trace

/** Gives each request an id, and writes its line when it has been answered: no path, no query, no body, no header. */
export function traced(log: Logger): RequestHandler {
  return ({ method }, response, next) => {
    const started = performance.now()
    const trace: Trace = { id: nanoid(12) }
    response.locals.trace = trace
    response.setHeader('X-Request-Id', trace.id)
    response.once('close', () => {
      const { id, ...known } = trace
      const ms = Math.round((performance.now() - started) * 10) / 10
      const broken = response.writableFinished ? {} : { broken: true }
      log.info({ request: id, method, ...known, status: response.statusCode, ms, ...broken }, 'answered')
    })
    next()
  }
}
