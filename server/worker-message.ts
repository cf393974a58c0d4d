import type { ExecutionEvent } from '../engine/event.js'
import type { Workflow } from '../engine/workflow.js'
import type { Report } from './report.js'

/** A run as the worker process is handed it: checked, and with every file an artifact. */
export interface WorkerRun {
  readonly id: string
  readonly name: string
  /** Whose earlier runs of this name explain it; nobody else's inputs are told. */
  readonly owner: string
  readonly workflow: Workflow
  readonly targets?: readonly string[]
}

/** What the server tells its worker process. */
export type ToWorker =
  | { readonly type: 'run'; readonly run: WorkerRun }
  | { readonly type: 'cancel'; readonly id: string }
  /** Free models and remembered results; what runs goes on. */
  | { readonly type: 'free' }
  /** End what runs, then the process. */
  | { readonly type: 'stop' }

/** How a run ended in the worker: with its report, or refused before it began. */
export type Ended =
  | { readonly report: Report; readonly artifact: string; readonly failure?: undefined }
  | { readonly failure: string; readonly report?: undefined }

/** What the worker process tells the server. Events come in lists, for each message costs more than what is in it. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'events'; readonly events: readonly ExecutionEvent[] }
  | { readonly type: 'ended'; readonly id: string; readonly ended: Ended }
  | { readonly type: 'log'; readonly message: string }
