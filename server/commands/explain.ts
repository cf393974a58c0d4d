import { explain, forecast } from '../../engine/explain.js'
import { bindParameters } from '../../engine/parameters.js'
import { plan } from '../../engine/plan.js'
import { readArguments } from '../arguments.js'
import { compose } from '../compose.js'
import { readConfig } from '../config.js'
import { readDocument } from '../documents.js'
import { BadArguments, type ExitCode } from '../exit.js'
import { takeFiles } from '../intake.js'
import { readRecord } from '../records.js'

/** `portrait explain`: tells for each node whether it would run now, and why, without running it. */
export async function explainRun([reference, ...args]: readonly string[]): Promise<ExitCode> {
  if (reference === undefined)
    throw new BadArguments('Name the workflow: portrait explain <workflow> [--PARAMETER value …].')
  const { workflow, name, folder } = await readDocument(reference)
  const system = compose(readConfig(), message => process.stderr.write(`${message}\n`))
  try {
    const { registry, artifacts, cache, config } = system
    const options = readArguments(args, workflow, registry)
    const bound = bindParameters(options.workflow, options.values)
    const taken = await takeFiles(bound, registry, artifacts, folder)
    const steps = plan(taken.workflow, registry, options.targets.length > 0 ? { targets: options.targets } : {})
    const previous = readRecord(config.home, name)
    const states = forecast(steps, cache)
    for (const step of steps.steps) {
      const sentence = explain(step, states.get(step) ?? 'unneeded', previous)
      process.stdout.write(`${step.id} (${step.definition.type}) ${sentence.replace(/^ran:/, 'would run:')}\n`)
    }
    return 0
  } finally {
    await system.close()
  }
}
