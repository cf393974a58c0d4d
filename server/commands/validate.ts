import { plan } from '../../engine/plan.js'
import { createRegistry } from '../../engine/registry.js'
import { pack } from '../../nodes/index.js'
import { readDocument } from '../documents.js'
import { BadArguments, type ExitCode } from '../exit.js'

/** `portrait validate`: finds every fault of a workflow without running it. */
export async function validate([reference]: readonly string[]): Promise<ExitCode> {
  if (reference === undefined) throw new BadArguments('Name the workflow to validate: portrait validate <workflow>.')
  const { workflow, name } = await readDocument(reference)
  const { steps, targets } = plan(workflow, createRegistry([pack]))
  process.stdout.write(
    `${name} is valid: ${steps.length} steps, ending at ${targets.map(({ id }) => id).join(', ')}.\n`,
  )
  return 0
}
