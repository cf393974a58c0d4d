import { nanoid } from 'nanoid'
import type { ExecutionEvent } from '../engine/event.js'
import { execute } from '../engine/execute.js'
import { plan } from '../engine/plan.js'
import type { Workflow } from '../engine/workflow.js'
import type { System } from './compose.js'
import { takeFiles } from './intake.js'
import { readRecord, writeRecord } from './records.js'
import { makeReport, type Report } from './report.js'

/** One run as it is asked for: the document with its parameters bound. */
export interface RunRequest {
  readonly workflow: Workflow
  readonly name: string
  /** File names in the workflow are relative to this folder; without one, only artifacts may be named. */
  readonly folder?: string
  readonly targets?: readonly string[]
  readonly signal: AbortSignal
  emit(event: ExecutionEvent): void
  /** By default a new id. */
  readonly run?: string
  /** Under which name this run is remembered to explain the next one; by default the workflow's. */
  readonly remembered?: string
}

/** What came of a run: the report, and the workflow that was really run, with files as artifacts. */
export interface Finished {
  readonly report: Report
  readonly workflow: Workflow
}

/**
 * Runs a workflow to its end: takes its files in, plans, borrows the lanes, executes, and reports.
 * @throws InvalidWorkflow before anything runs; what nodes do is told in the report.
 */
export async function runWorkflow(system: System, request: RunRequest): Promise<Finished> {
  const { registry, artifacts, cache, lanes } = system
  const { name, run = nanoid(), remembered = name, signal, emit } = request
  const startedAt = new Date()
  const started = performance.now()
  const options = request.targets ? { targets: request.targets } : {}
  // Planned first with the names as they are, so that a faulty workflow is refused before any file is copied.
  if (request.folder !== undefined) plan(request.workflow, registry, options)
  const { workflow, taken } = await takeFiles(request.workflow, registry, artifacts, request.folder)
  const steps = plan(workflow, registry, options)
  const result = await lanes.use(signal, runLanes =>
    execute(steps, { run, lanes: runLanes, cache, signal, emit, hasArtifact: artifacts.use }),
  )
  const hasRun = Object.values(result.steps).some(({ state }) => state === 'ran')
  const previous = hasRun ? await readRecord(system.config.home, remembered) : undefined
  const ms = performance.now() - started
  const report = makeReport({ run, name, workflow, startedAt, ms, plan: steps, result, taken, previous })
  const written = result.status === 'finished' ? writeRecord(system.config.home, remembered, steps) : undefined
  // A run that was answered from the cache is over in a moment, of which this would be half.
  if (hasRun) await written
  return { report, workflow }
}
