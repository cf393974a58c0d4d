import type { Request } from 'express'
import { Refusal } from '../http/refusal.js'

/** What a body may cost. */
export interface BodyLimits {
  /** Of the file itself. */
  readonly bytes: number
  /** In each window of this length at least `WINDOW_BYTES` must come. */
  readonly windowMs: number
}

/** What a form may have beside its file. */
export const FORM_LIMITS = { files: 1, fields: 100, parts: 101, fieldNameSize: 200, fieldSize: 1 << 20 } as const
/** Boundaries, part headers and text fields. */
const FORM_BYTES = 4 << 20
const WINDOW_BYTES = 4096
/** How long what still comes is thrown away, so that the client hears the refusal before the connection ends. */
const DRAIN_MS = 5000

/** Ends the connection after the answer, for the rest of the body is not read. */
const CLOSE = { Connection: 'close' }

export const tooLarge = (limit: number): Refusal =>
  new Refusal(413, 'too-large', `The file must have at most ${megabytes(limit)} MB.`, [], CLOSE)

export const tooManyParts = (what: string): Refusal =>
  new Refusal(413, 'too-many-parts', `The form must have one file and few, short fields, got ${what}.`, [], CLOSE)

const tooSlow = () =>
  new Refusal(408, 'too-slow', 'The upload came too slowly and was given up; send it again.', [], CLOSE)

export const cutOff = (): Refusal =>
  new Refusal(400, 'cut-off', 'The upload ended before it was whole; send it again.', [], CLOSE)

const megabytes = (bytes: number) => Math.round((bytes / 2 ** 20) * 10) / 10

/** @throws Refusal 413 before anything is read, if the client says itself that it sends too much. */
export function checkLength(request: Request, { bytes }: BodyLimits): void {
  if (Number(request.headers['content-length'] ?? 0) > bytes + FORM_BYTES) throw refused(request, tooLarge(bytes))
}

/** Calls `fail` if a body is too large, too slow or cut off; the answer ends the watch. */
export function watchBody(request: Request, { bytes, windowMs }: BodyLimits, fail: (refusal: Refusal) => void) {
  let total = 0
  let before = 0
  const count = (chunk: Buffer) => {
    total += chunk.length
    if (total > bytes + FORM_BYTES) fail(tooLarge(bytes))
  }
  const pace = setInterval(() => {
    if (!request.complete && total - before < WINDOW_BYTES) fail(tooSlow())
    before = total
  }, windowMs)
  const gone = () => {
    if (!request.complete) fail(cutOff())
  }
  request.on('data', count).once('close', gone).once('error', gone)
  return () => {
    clearInterval(pace)
    request.off('data', count).off('close', gone).off('error', gone)
  }
}

/** Throws away what still comes of a refused body, for a while. */
export function refused(request: Request, refusal: Refusal): Refusal {
  request.unpipe()
  request.on('error', () => {}).resume()
  setTimeout(() => {
    if (!request.complete) request.destroy()
  }, DRAIN_MS).unref()
  return refusal
}
