import { InvalidWorkflow, messageOf } from '../engine/errors.js'

/** How the command ends: 0 done, 1 a run failed, 2 bad arguments or an invalid workflow, 130 ended by Ctrl-C. */
export type ExitCode = 0 | 1 | 2 | 130

/** Thrown for arguments that cannot be understood. */
export class BadArguments extends Error {
  override readonly name = 'BadArguments'
}

/** Tells a person what went wrong, and the shell how to go on. */
export function tell(error: unknown): ExitCode {
  if (error instanceof InvalidWorkflow) {
    process.stderr.write('The workflow cannot run:\n')
    for (const { message } of error.issues) process.stderr.write(`- ${message}\n`)
    return 2
  }
  process.stderr.write(`${messageOf(error)}\n`)
  return error instanceof BadArguments ? 2 : 1
}
