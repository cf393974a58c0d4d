import type { Refusal } from '../http/refusal.js'
import type { Answer } from '../http/route.js'

/** A refusal as ComfyUI's clients read it: always JSON, for some of them parse whatever comes. */
export function fail({ status, code, message, faults, headers }: Refusal): Answer {
  const details = faults.map(({ place, message }) => `${place.join('.')}: ${message}`).join('\n')
  return { status, headers, json: { error: { type: code, message, details, extra_info: {} }, node_errors: {} } }
}
