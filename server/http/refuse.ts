import type { Response } from 'express'
import type { Logger } from 'pino'
import { InvalidWorkflow } from '../../engine/errors.js'
import { sendAnswer } from './answer.js'
import { Refusal } from './refusal.js'
import type { Door } from './route.js'
import { traceOf } from './trace.js'

/** Says in a door's form why there is no better answer. What nobody foresaw is logged, and its caller learns where to look. */
export async function refuse(error: unknown, response: Response, door: Door, log: Logger): Promise<void> {
  const request = traceOf(response).id
  const refusal = refusalOf(error, request)
  if (refusal !== error && refusal.status >= 500) log.error({ request, err: error }, 'A request failed')
  // Half of an answer is out already, and must not be taken for the whole.
  if (response.headersSent) response.destroy()
  else await sendAnswer(response, door.fail(refusal))
}

function refusalOf(error: unknown, request: string): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof InvalidWorkflow) return new Refusal(400, 'invalid-workflow', error.message, [], {}, error.issues)
  if (NO_ROOM.has(codeOf(error)))
    return new Refusal(507, 'no-room', 'The server’s disk takes no more; nothing was kept. Make room and try again.')
  return new Refusal(500, 'internal', `The server failed; its log has the cause under request ${request}.`)
}

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

/** The system's word for what went wrong, also where an error of ours tells of it. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return 'code' in error ? String(error.code) : codeOf(error.cause)
}
