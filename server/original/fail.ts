import type { Refusal, RequestFault } from '../http/refusal.js'
import type { Answer } from '../http/route.js'
import { type PydanticFault, pydanticFault } from './pydantic-fault.js'

/** Says a refusal as the replaced system does: `{"detail": "<sentence>"}`, and 422 with a list for a request's form. */
export function originalFail({ status, message, faults, headers }: Refusal): Answer {
  if (faults.length === 0) return { status, headers, json: { detail: message } }
  return { status: 422, headers, json: { detail: detailOf(faults) } }
}

/** A value that may be null is a union in JSON Schema, and ajv tells of each branch; Pydantic names the other one only. */
function detailOf(faults: readonly RequestFault[]): PydanticFault[] {
  const said = faults.filter(({ keyword, params }) => keyword !== 'anyOf' && params.type !== 'null')
  const seen = new Set<string>()
  return (said.length > 0 ? said : faults).map(pydanticFault).filter(({ loc }) => {
    const place = JSON.stringify(loc)
    return seen.size < seen.add(place).size
  })
}
