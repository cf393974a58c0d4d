/** One fault of a workflow: where it is, and a sentence that says what was wanted, what came, and the cure. */
export interface Issue {
  readonly code: IssueCode
  readonly node?: string
  readonly input?: string
  readonly message: string
}

export type IssueCode =
  | 'malformed'
  | 'unknown-node'
  | 'unknown-input'
  | 'unknown-output'
  | 'unknown-parameter'
  | 'unknown-component'
  | 'unknown-target'
  | 'unknown-file'
  | 'missing-input'
  | 'wrong-type'
  | 'out-of-range'
  | 'not-a-choice'
  | 'dangling-link'
  | 'type-mismatch'
  | 'no-pass-through'
  | 'cycle'
  | 'recursion'
  | 'too-large'
  | 'no-sink'

/** Thrown for a workflow that cannot be run; `issues` has every fault, not only the first. */
export class InvalidWorkflow extends Error {
  override readonly name = 'InvalidWorkflow'
  constructor(readonly issues: readonly Issue[]) {
    super(issues.map(issue => issue.message).join('\n'))
  }
}

/** Whether an error is a cancellation rather than a failure. */
export const isCancellation = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

/** The sentence of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
