import type { Refusal } from '../http/refusal.js'
import type { Answer } from '../http/route.js'

/** Says a refusal as our own API does: a word for programs, a sentence for people, every fault of form or of a workflow. */
export const nativeFail = ({ status, code, message, faults, headers, issues }: Refusal): Answer => ({
  status,
  headers,
  json: {
    code,
    message,
    // Not the values that came: a password may be among them.
    ...(faults.length > 0 ? { faults: faults.map(({ place, message }) => ({ place, message })) } : {}),
    ...(issues.length > 0 ? { issues } : {}),
  },
})
