import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Failure, RunResult } from '../engine/execute.js'
import { explain, type PlanRecord } from '../engine/explain.js'
import { type PlainOutputs, plainOutputs, single } from '../engine/plain.js'
import type { Plan } from '../engine/plan.js'
import { packageRoot } from '../engine/root.js'
import type { Workflow } from '../engine/workflow.js'
import { catalogue } from '../models/catalogue.js'
import type { TakenFile } from './intake.js'

/** All that is to be known of a finished run: written beside the results, and what the server keeps. */
export interface Report {
  readonly version: 1
  readonly program: string
  readonly run: string
  readonly workflow: { readonly name: string; readonly sha256: string }
  readonly status: RunResult['status']
  readonly startedAt: string
  readonly ms: number
  /** The files that went in, by the hash of their content. */
  readonly inputs: readonly TakenFile[]
  /** The workflow's public parameters with the values that were used. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Every written value of every node, defaults included. */
  readonly values: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly models: readonly { readonly id: string; readonly licence: string; readonly source: string }[]
  /** What the sinks answered: saved files, scores, proofs. */
  readonly results: Readonly<Record<string, PlainOutputs>>
  readonly nodes: Readonly<Record<string, NodeReport>>
  readonly warnings: readonly { readonly node: string; readonly message: string }[]
  readonly failures: readonly Failure[]
}

export interface NodeReport {
  readonly type: string
  readonly state: string
  readonly ms: number
  readonly why: string
}

const { name, version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'))
const PROGRAM = `${name} ${version}`

interface ReportParts {
  readonly run: string
  readonly name: string
  readonly workflow: Workflow
  readonly sha256: string
  readonly startedAt: Date
  readonly ms: number
  readonly plan: Plan
  readonly result: RunResult
  readonly taken: readonly TakenFile[]
  readonly previous: PlanRecord | undefined
}

/** Writes the report of a run. */
export function makeReport({ workflow, plan, result, startedAt, ...parts }: ReportParts): Report {
  const { status, failures } = result
  const values = valuesOf(plan)
  return {
    version: 1,
    program: PROGRAM,
    run: parts.run,
    workflow: { name: parts.name, sha256: parts.sha256 },
    status,
    startedAt: startedAt.toISOString(),
    ms: round(parts.ms),
    inputs: parts.taken,
    parameters: parametersOf(workflow, values),
    values,
    models: modelsOf(plan),
    results: Object.fromEntries(Object.entries(result.outputs).map(([id, outputs]) => [id, plainOutputs(outputs)])),
    nodes: nodesOf(plan, result, parts.previous),
    warnings: plan.steps.flatMap(({ id }) =>
      (result.steps[id]?.warnings ?? []).map(message => ({ node: id, message })),
    ),
    failures,
  }
}

const round = (ms: number) => Math.round(ms * 10) / 10

const valuesOf = ({ steps }: Plan) =>
  Object.fromEntries(
    steps.map(({ id, bindings }) => [
      id,
      Object.fromEntries(bindings.flatMap(({ name, values }) => (values ? [[name, single(values)]] : []))),
    ]),
  )

function parametersOf(workflow: Workflow, values: Report['values']): Record<string, unknown> {
  const entries = Object.entries(workflow.parameters ?? {}).flatMap(([name, { targets }]) => {
    const [target] = targets
    const value = target && values[target.node]?.[target.input]
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(entries)
}

function modelsOf({ steps }: Plan): Report['models'] {
  const used = new Set(steps.flatMap(({ definition }) => definition.resources ?? []))
  return catalogue
    .filter(({ id }) => used.has(id))
    .map(({ id, licence, source }) => ({ id, licence: licence.id, source: `${source.package}@${source.version}` }))
}

const nodesOf = (plan: Plan, result: RunResult, previous: PlanRecord | undefined): Report['nodes'] =>
  Object.fromEntries(
    plan.steps.map(step => {
      const { state, ms } = result.steps[step.id] ?? { state: 'unneeded' as const, ms: 0 }
      return [step.id, { type: step.definition.type, state, ms: round(ms), why: explain(step, state, previous) }]
    }),
  )
