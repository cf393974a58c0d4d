import { hash } from 'node:crypto'
import { nanoid } from 'nanoid'
import type { ExecutionEvent } from '../engine/event.js'
import { execute } from '../engine/execute.js'
import { type Plan, plan } from '../engine/plan.js'
import type { Workflow } from '../engine/workflow.js'
import type { System } from './compose.js'
import { type TakenFile, takeFiles } from './intake.js'
import { readRecord, writeRecord } from './records.js'
import { makeReport, type Report } from './report.js'

/** A document that is to run, with its parameters bound. */
export interface RunDocument {
  readonly workflow: Workflow
  /** File names in the workflow are relative to this folder; without one, only artifacts may be named. */
  readonly folder?: string
  readonly targets?: readonly string[]
}

/** A document whose files are artifacts and whose steps are planned; it may run any number of times. */
export interface PreparedRun {
  readonly workflow: Workflow
  /** Of the workflow as JSON. */
  readonly sha256: string
  readonly taken: readonly TakenFile[]
  readonly plan: Plan
}

/** How a prepared document runs. */
export interface RunRequest {
  readonly name: string
  readonly signal: AbortSignal
  emit(event: ExecutionEvent): void
  /** By default a new id. */
  readonly run?: string
  /** Under which name the run before was recorded, which explains this one; by default the workflow's. */
  readonly remembered?: string
}

/**
 * Takes the files of a document in, and plans it.
 * @throws InvalidWorkflow
 */
export async function prepareRun(system: System, { workflow, folder, targets }: RunDocument): Promise<PreparedRun> {
  const { registry, artifacts } = system
  const options = targets ? { targets } : {}
  // Planned first with the names as they are, so that a faulty workflow is refused before any file is copied.
  if (folder !== undefined) plan(workflow, registry, options)
  const { workflow: whole, taken } = await takeFiles(workflow, registry, artifacts, folder)
  const sha256 = hash('sha256', JSON.stringify(whole), 'hex')
  return { workflow: whole, sha256, taken, plan: plan(whole, registry, options) }
}

/** Runs a prepared document to its end: borrows the lanes, executes, and reports. What nodes do is told in the report. */
export async function runPrepared(system: System, prepared: PreparedRun, request: RunRequest): Promise<Report> {
  const { artifacts, cache, lanes, config } = system
  const { name, run = nanoid(), remembered = name, signal, emit } = request
  const startedAt = new Date()
  const started = performance.now()
  const result = await lanes.use(signal, runLanes =>
    execute(prepared.plan, { run, lanes: runLanes, cache, signal, emit, hasArtifact: artifacts.use }),
  )
  const ms = performance.now() - started
  const hasRun = Object.values(result.steps).some(({ state }) => state === 'ran')
  const previous = hasRun ? readRecord(config.home, remembered) : undefined
  return makeReport({ run, name, ...prepared, startedAt, ms, result, previous })
}

/** Writes down what ran, to explain the next run of this name; what was only remembered explains nothing. */
export async function recordRun(
  { config }: System,
  { plan }: PreparedRun,
  { status, nodes, workflow }: Report,
  remembered = workflow.name,
): Promise<void> {
  const hasRun = Object.values(nodes).some(({ state }) => state === 'ran')
  if (hasRun && status === 'finished') await writeRecord(config.home, remembered, plan)
}
