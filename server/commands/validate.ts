import { bindParameters, openParameters } from '../../engine/parameters.js'
import { plan } from '../../engine/plan.js'
import type { Port } from '../../engine/port.js'
import { createRegistry } from '../../engine/registry.js'
import type { Literal } from '../../engine/workflow.js'
import { pack } from '../../nodes/index.js'
import { readDocument } from '../documents.js'
import { BadArguments, type ExitCode } from '../exit.js'

/** `portrait validate`: finds every fault of a workflow without running it. */
export async function validate([reference]: readonly string[]): Promise<ExitCode> {
  if (reference === undefined) throw new BadArguments('Name the workflow to validate: portrait validate <workflow>.')
  const { workflow, name } = await readDocument(reference)
  const registry = createRegistry([pack])
  const open = openParameters(workflow, registry).filter(({ value }) => value === undefined)
  const given = Object.fromEntries(open.map(({ name, port }) => [name, placeholder(port)]))
  const { steps, targets } = plan(bindParameters(workflow, given), registry)
  process.stdout.write(
    `${name} is valid: ${steps.length} steps, ending at ${targets.map(({ id }) => id).join(', ')}.\n`,
  )
  return 0
}

/** Any value of the port's kind: what a parameter is to get when the workflow runs is no fault of the document. */
function placeholder(port: Port): Literal {
  if (port.type === 'INT' || port.type === 'FLOAT') return port.min ?? 0
  if (port.type === 'TOGGLE') return false
  return port.choices?.[0] ?? 'given when it runs'
}
