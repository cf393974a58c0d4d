import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import {
  type Cache,
  createRegistry,
  type ExecutionEvent,
  execute,
  InvalidWorkflow,
  type Issue,
  type Lanes,
  type NodeDefinition,
  openCache,
  openLanes,
  type PlanOptions,
  plan,
  type Registry,
  type RunResult,
  type Workflow,
  type WorkflowNode,
} from '../../engine/index.js'
import { pack } from './nodes.js'

/** The test nodes. */
export const registry: Registry = createRegistry([pack])

/** The test nodes and some that only one test needs. */
export const registryWith = (...nodes: NodeDefinition[]): Registry =>
  createRegistry([pack, { name: 'one test', nodes }])

/** A workflow of these nodes. */
export const graph = (nodes: Record<string, WorkflowNode>, more: Partial<Workflow> = {}): Workflow => ({
  version: 1,
  nodes,
  ...more,
})

/** A node. */
export const node = (type: string, inputs: WorkflowNode['inputs'] = {}, flags: Partial<WorkflowNode> = {}) => ({
  type,
  inputs,
  ...flags,
})

/** A link. */
export const from = (id: string, output: string) => ({ node: id, output })

/** The faults of a workflow, none if it can be planned. */
export function issuesOf(workflow: Workflow, options?: PlanOptions, nodes = registry): readonly Issue[] {
  try {
    plan(workflow, nodes, options)
    return []
  } catch (error) {
    assert(error instanceof InvalidWorkflow, String(error instanceof Error ? error.stack : error))
    return error.issues
  }
}

/** 'code node.input' of every fault, sorted: what tests compare. */
export const faults = (workflow: Workflow, options?: PlanOptions, nodes = registry): string[] =>
  issuesOf(workflow, options, nodes)
    .map(({ code, node = '', input }) => `${code} ${node}${input === undefined ? '' : `.${input}`}`.trim())
    .sort()

/** A folder that is removed when the test file ends. */
export function passingFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portrait-test-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Lanes whose threads know the test nodes; closed when the test file ends. */
export function testLanes(options: { devices?: string[]; threads?: number } = {}): Lanes {
  const folder = passingFolder()
  const modules = [new URL('./nodes.js', import.meta.url).href]
  const lanes = openLanes({ modules, folder, artifacts: join(folder, 'artifacts'), threads: 2, ...options })
  after(() => lanes.close())
  return lanes
}

/** A cache in memory only. */
export const memoryCache = (memoryBytes = 64 << 20): Cache => openCache({ memoryBytes })

/** What a test may choose of a run. */
export interface RunOptions extends PlanOptions {
  readonly cache?: Cache
  readonly signal?: AbortSignal
  readonly registry?: Registry
  readonly hasArtifact?: (artifact: string) => boolean
  readonly listen?: (event: ExecutionEvent) => void
}

/** Plans and runs a workflow; answers the result and all events. */
export async function runIn(
  lanes: Lanes,
  workflow: Workflow,
  { cache = memoryCache(), signal = new AbortController().signal, listen, hasArtifact, ...rest }: RunOptions = {},
): Promise<RunResult & { readonly events: readonly ExecutionEvent[] }> {
  const events: ExecutionEvent[] = []
  const planned = plan(workflow, rest.registry ?? registry, rest)
  const emit = (event: ExecutionEvent) => {
    events.push(event)
    listen?.(event)
  }
  const result = await lanes.use(signal, lanes =>
    execute(planned, { run: 'test', lanes, cache, signal, emit, ...(hasArtifact ? { hasArtifact } : {}) }),
  )
  return { ...result, events }
}

/** The single value that a sink kept. */
export const kept = (result: RunResult, sink: string, output = 'value'): unknown => result.outputs[sink]?.[output]?.[0]

/** The states of all steps by id. */
export const states = (result: RunResult): Record<string, string> =>
  Object.fromEntries(Object.entries(result.steps).map(([id, { state }]) => [id, state]))

/** A promise that the test settles itself: a gate in a node's way. */
export function gate<T = void>(): { readonly opened: Promise<T>; open(value: T): void } {
  let open: (value: T) => void = () => {}
  const opened = new Promise<T>(resolve => {
    open = resolve
  })
  return { opened, open: value => open(value) }
}
