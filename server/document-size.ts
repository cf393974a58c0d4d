import { Refusal } from './http/refusal.js'

/** Of one workflow document; what is larger is none. */
export const DOCUMENT_BYTES = 8 << 20

/** @throws Refusal 413 when a document, as JSON, or what is to be put into it, is larger than any workflow. */
export function refuseTooLarge({ length }: { readonly length: number }): void {
  if (length <= DOCUMENT_BYTES) return
  throw new Refusal(413, 'too-large', `A workflow must have at most ${DOCUMENT_BYTES >> 20} MB.`)
}
