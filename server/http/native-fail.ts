import type { Issue } from '../../engine/errors.js'
import type { Refusal } from './refusal.js'
import type { Answer } from './route.js'

/** Says a refusal as our own API does: a word for programs, a sentence for people, every fault. */
export const nativeFail = ({ status, code, message, faults, headers }: Refusal, issues?: readonly Issue[]): Answer => ({
  status,
  headers,
  json: {
    error: {
      code,
      message,
      ...(faults.length > 0 ? { faults: faults.map(({ place, message }) => ({ place, message })) } : {}),
      ...(issues ? { issues } : {}),
    },
  },
})
