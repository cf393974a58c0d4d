import { InvalidWorkflow, isCancellation } from '../../engine/errors.js'
import { bindParameters, openParameters } from '../../engine/parameters.js'
import type { Input } from '../../engine/workflow.js'
import { parameterHelp, type RunArguments, readArguments } from '../arguments.js'
import { batchPrefix, combinations, filesOf } from '../batch.js'
import { compose, type System } from '../compose.js'
import { readConfig } from '../config.js'
import { type Document, readDocument, shippedWorkflows } from '../documents.js'
import { BadArguments, type ExitCode, tell } from '../exit.js'
import { exportResults } from '../export.js'
import { jsonView, type RunView, textView } from '../run-view.js'
import { prepareRun, recordRun, runPrepared } from '../runner.js'

const USAGE = `portrait run <workflow> [--PARAMETER value …] [--set node.input=value] [--param name=value]
             [--target node] [--out folder] [--json] [--help]

<workflow> is a JSON file, a picture that carries one, or: ${shippedWorkflows().join(', ')}.
A parameter that takes a file also takes a folder or a pattern ('people/*.jpg'): one run each.`

/** `portrait run`: runs a workflow, once or for a batch of files, and puts the results into a folder. */
export async function run([reference, ...args]: readonly string[]): Promise<ExitCode> {
  if (reference === '--help' || reference === '-h') return print(USAGE)
  if (reference === undefined || reference.startsWith('-'))
    throw new BadArguments(`Name the workflow first.\n\n${USAGE}`)
  const document = await readDocument(reference)
  const system = compose(readConfig(), message => process.stderr.write(`${message}\n`))
  try {
    const options = readArguments(args, document.workflow, system.registry)
    if (options.help) return print([USAGE, '', ...parameterHelp(document.workflow, system.registry)].join('\n'))
    const view = options.json ? jsonView(process.stdout) : textView(process.stdout, process.stderr)
    return await runBatch(system, document, options, view)
  } finally {
    await system.close()
  }
}

function print(text: string): ExitCode {
  process.stdout.write(`${text}\n`)
  return 0
}

async function runBatch(system: System, document: Document, options: RunArguments, view: RunView): Promise<ExitCode> {
  const files = await filesByParameter(system, options)
  const cancellation = new AbortController()
  const cancel = () => cancellation.abort()
  process.once('SIGINT', cancel)
  process.once('SIGTERM', cancel)
  try {
    let worst: ExitCode = 0
    for (const chosen of combinations(files)) {
      const values = { ...options.values, ...chosen }
      const code = await runOnce(
        system,
        document,
        options,
        values,
        batchPrefix(files, chosen),
        cancellation.signal,
        view,
      )
        // One picture that cannot be read, or one result that cannot be written, must not cost the others.
        .catch(tellAndGoOn)
      if (code === 130) return code
      if (code > worst) worst = code
    }
    return worst
  } finally {
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
  }
}

function tellAndGoOn(error: unknown): ExitCode {
  if (isCancellation(error)) return 130
  // These would stop every run of the batch.
  if (error instanceof InvalidWorkflow || error instanceof BadArguments) throw error
  return tell(error)
}

async function filesByParameter(
  { registry }: System,
  { workflow, values }: RunArguments,
): Promise<Record<string, string[]>> {
  const files: Record<string, string[]> = {}
  for (const { name, port } of openParameters(workflow, registry)) {
    const value = values[name]
    if (port.upload && typeof value === 'string') files[name] = await filesOf(value)
  }
  return files
}

async function runOnce(
  system: System,
  { name, folder }: Document,
  { workflow, out, targets }: RunArguments,
  values: Readonly<Record<string, Input>>,
  prefix: string,
  signal: AbortSignal,
  view: RunView,
): Promise<ExitCode> {
  const bound = bindParameters(workflow, values)
  const wanted = targets.length > 0 ? { targets } : {}
  const prepared = await prepareRun(system, { workflow: bound, folder, ...wanted })
  const report = await runPrepared(system, prepared, { name, signal, emit: view.event })
  await recordRun(system, prepared, report)
  const { status } = report
  const finished = { report, workflow: prepared.workflow }
  if (status === 'finished') view.done(report, await exportResults(finished, system.artifacts, out, prefix))
  else view.done(report)
  return status === 'finished' ? 0 : status === 'failed' ? 1 : 130
}
