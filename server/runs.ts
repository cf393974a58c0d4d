import type { Workflow } from '../engine/workflow.js'
import type { Principal } from './access/principal.js'
import type { Run } from './store/store.js'

/** A run as a door orders it. */
export interface RunOrder {
  readonly who: Principal
  readonly name: string
  /** Parameters bound. A file input holds the name of an artifact that `who` may read, or an upload's id. */
  readonly workflow: Workflow
  readonly targets?: readonly string[]
  readonly door: Run['door']
  readonly memo?: unknown
  /** More artifacts that the record keeps alive. */
  readonly artifacts?: readonly string[]
  /** Runs of one client go one after another. */
  readonly client?: string
  /** Lower goes first; 0 if absent. */
  readonly priority?: number
  /** By default a nanoid. */
  readonly id?: string
  /** The run begins no sooner than this, such as when the answer that names it has left. */
  readonly after?: Promise<unknown>
}

/** The runs of this server: accepted, queued, run by the worker process, kept. */
export interface Runs {
  /**
   * Checks the workflow, keeps the run and queues it; when it resolves, the run outlives any crash.
   * @throws InvalidWorkflow with every fault; Refusal 429 when the owner has too many waiting, 503 when stopping.
   */
  start(order: RunOrder): Promise<Run>
  /** Several at once, all or none. */
  startAll(orders: readonly RunOrder[]): Promise<readonly Run[]>
  /** Ends it wherever it is: a waiting one at once, a running one at its next step. Answers whether there was anything to end. */
  cancel(id: string): Promise<boolean>
  /** In the order in which they will run, if nothing else comes. */
  waiting(): readonly Run[]
  running(): readonly Run[]
  count(): { readonly waiting: number; readonly running: number }
  /** Frees models and remembered results of the worker. */
  free(): void
  /** Lets what runs end and keeps what waits for the next start. */
  close(): Promise<void>
}
