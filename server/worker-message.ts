import type { ExecutionEvent } from '../engine/event.js'
import type { Config } from './config.js'
import type { Report } from './report.js'

/** A run as the worker process is handed it: checked, and with every file an artifact. */
export interface WorkerRun {
  readonly id: string
  readonly name: string
  /** Whose earlier runs of this name explain it; nobody else's inputs are told. */
  readonly owner: string
  /** The artifact that holds the document, and what is in it. */
  readonly document: string
  readonly json: string
  readonly targets?: readonly string[]
}

/** What the worker process is set up with; its first argument, as JSON. */
export interface WorkerSetup {
  readonly config: Config
  readonly devices: readonly string[]
  /** URLs of modules that export a `pack` of nodes. */
  readonly modules: readonly string[]
}

/** What the server tells its worker process. */
export type ToWorker =
  | { readonly type: 'run'; readonly run: WorkerRun }
  | { readonly type: 'cancel'; readonly id: string }
  /** Cancel what runs, then end the process. */
  | { readonly type: 'stop' }

/** How a run ended in the worker: with a report, before it had begun, or not at all because it could not begin. */
export type Ended =
  | (Pick<Report, 'status' | 'results' | 'failures'> & {
      /** The artifact that holds the report. */ readonly report: string
    })
  | { readonly status: 'cancelled'; readonly report?: undefined }
  | { readonly status: 'failed'; readonly failure: string; readonly report?: undefined }

/** What the worker process tells the server. Events come in lists, for each message costs more than what is in it. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'events'; readonly events: readonly ExecutionEvent[] }
  | { readonly type: 'ended'; readonly id: string; readonly ended: Ended }
  | { readonly type: 'log'; readonly message: string }
