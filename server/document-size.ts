import { Refusal } from './http/refusal.js'

/** Of one workflow document; what is larger is none. */
export const DOCUMENT_BYTES = 8 << 20

/** @throws Refusal 413 when a document, as JSON, is larger than any workflow. */
export function refuseTooLarge(json: string): void {
  if (json.length <= DOCUMENT_BYTES) return
  throw new Refusal(413, 'too-large', `A workflow must have at most ${DOCUMENT_BYTES >> 20} MB.`)
}
