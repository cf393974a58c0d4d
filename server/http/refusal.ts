import type { Issue } from '../../engine/errors.js'

/** One fault of a request's form: where, and a sentence. */
export interface RequestFault {
  /** 'body', 'query' or 'path', then the way to the value: ['body', 'params', 'steps']. */
  readonly place: readonly (string | number)[]
  readonly message: string
  /** The JSON Schema keyword that was not met, its parameters, and the value that came. */
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
  readonly value: unknown
}

/** Thrown by a handler to refuse a request; each door says it in its own form. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  constructor(
    readonly status: number,
    /** A short word for programs: 'not-found'. */
    readonly code: string,
    message: string,
    readonly faults: readonly RequestFault[] = [],
    readonly headers: Readonly<Record<string, string>> = {},
    /** The faults of a workflow. */
    readonly issues: readonly Issue[] = [],
  ) {
    super(message)
  }
}

/** The answer for what is not there and for what is somebody else's, which must look the same. */
export const notFound = (what: string): Refusal => new Refusal(404, 'not-found', `${what} not found`)
