import type { Owner } from '../access/principal.js'

/** A row of any table. Times are milliseconds since 1970. */
export interface Row {
  readonly id: string
  /** The artifacts that this row keeps alive; what no row names is swept away. */
  readonly artifacts?: readonly string[]
}

export interface User extends Row {
  readonly email: string
  readonly name: string
  /** bcrypt. */
  readonly password: string
  readonly active: boolean
  readonly createdAt: number
}

/** Takes an e-mail address for one user: `id` is the address in lower case, so that creating it twice conflicts. */
export interface Email extends Row {
  readonly user: string
}

/** A login. Tokens name it; without it they are worth nothing, so that logging out revokes them. */
export interface Session extends Row {
  readonly user: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** A file that came from outside. `id` is a UUID. */
export interface Upload extends Row {
  readonly owner: Owner
  readonly artifact: string
  readonly mime: string
  readonly bytes: number
  readonly width: number
  readonly height: number
  readonly createdAt: number
}

export type RunStatus = 'queued' | 'running' | 'finished' | 'failed' | 'cancelled'

/** A file that a sink of a run made. */
export interface RunFile {
  readonly node: string
  readonly artifact: string
  /** File name without folder and extension. */
  readonly name: string
  readonly format: string
  readonly width: number
  readonly height: number
  readonly preview?: true
}

/** One run from its acceptance to its end: the queue's memory and the history's. */
export interface Run extends Row {
  readonly owner: Owner
  /** Of the workflow. */
  readonly name: string
  /** The artifact that holds the document, parameters bound. */
  readonly workflow: string
  readonly targets?: readonly string[]
  readonly status: RunStatus
  /** Lower goes first. */
  readonly priority: number
  /** Runs of one client go one after another. */
  readonly client?: string
  /** How often a worker died that held it. */
  readonly deaths: number
  readonly createdAt: number
  readonly startedAt?: number
  readonly endedAt?: number
  readonly files?: readonly RunFile[]
  /** The artifact that holds the report, from the end on. */
  readonly report?: string
  /** The sentence of the end, if it is a failure. */
  readonly failure?: string
  /** Which door it came in by, and what that door wants to remember of it (small, plain JSON). */
  readonly door: 'native' | 'original' | 'comfy'
  readonly memo?: unknown
  /** What its owner calls it. */
  readonly title?: string
  readonly favourite?: boolean
}

/** What the replaced system calls a generation: `count` runs of one request. `id` is a UUID; its tasks are `id-0`, … */
export interface Batch extends Row {
  readonly owner: Owner
  readonly title?: string
  readonly face: string
  readonly reference?: string
  /** The request's parameters, as given and completed by defaults. */
  readonly params: Readonly<Record<string, unknown>>
  readonly parallel: boolean
  readonly tasks: readonly BatchTask[]
  readonly favourite: boolean
  readonly createdAt: number
}

export interface BatchTask {
  readonly id: string
  readonly seed: number
  /** Absent if the task could not start. */
  readonly run?: string
  readonly failure?: string
}

/** A workflow that somebody saved, with all its versions. */
export interface SavedWorkflow extends Row {
  readonly owner: Owner
  readonly name: string
  /** Oldest first; each artifact holds a document. */
  readonly versions: readonly { readonly artifact: string; readonly createdAt: number }[]
  /** Whoever has this may read it. */
  readonly share?: string
  readonly createdAt: number
  readonly updatedAt: number
}

/** Settings of one owner: `id` is the owner, or 'everybody'. */
export interface Settings extends Row {
  readonly values: Readonly<Record<string, unknown>>
}

/** A name that a ComfyUI client knows a file by: `id` is `nameId(…)` of the rest. */
export interface NamedFile extends Row {
  readonly owner: Owner
  /** ComfyUI's folders, and 'user' for its user data. */
  readonly folder: 'input' | 'output' | 'temp' | 'user'
  /** Slashes between the parts, none at the ends; '' for the folder itself. */
  readonly subfolder: string
  readonly name: string
  readonly artifact: string
  readonly bytes: number
  readonly run?: string
  /** Which node of the run made it. */
  readonly node?: string
  /** The artifact of the prompt that is written into the file whenever it is shown. */
  readonly stamp?: string
  readonly createdAt: number
  readonly updatedAt: number
}

export interface Tables {
  users: User
  emails: Email
  sessions: Session
  uploads: Upload
  runs: Run
  batches: Batch
  workflows: SavedWorkflow
  settings: Settings
  names: NamedFile
}

export const TABLES = [
  'users',
  'emails',
  'sessions',
  'uploads',
  'runs',
  'batches',
  'workflows',
  'settings',
  'names',
] as const satisfies readonly (keyof Tables)[]

/** Each field equals the value, or one of the values. */
export type Where<R> = { readonly [K in keyof R]?: R[K] | readonly R[K][] }

export interface Query<R> {
  readonly where?: Where<R>
  /** By creation, whatever the clock said; 'newest' is the default. */
  readonly order?: 'newest' | 'oldest'
  readonly limit?: number
  readonly offset?: number
}

/** One change; a list of them is made as a whole or not at all. */
export type Change = {
  [N in keyof Tables]:
    | { readonly table: N; readonly create: Tables[N] }
    | { readonly table: N; readonly put: Tables[N] }
    | { readonly table: N; readonly remove: string }
}[keyof Tables]

/** Thrown by `commit` when a row to be created is there already; nothing of the commit is made. */
export class Conflict extends Error {
  override readonly name = 'Conflict'
}

/** What the server remembers. All that it answers is durable: it outlives `kill -9` and a power cut. */
export interface Store {
  get<N extends keyof Tables>(table: N, id: string): Promise<Tables[N] | undefined>
  list<N extends keyof Tables>(table: N, query?: Query<Tables[N]>): Promise<readonly Tables[N][]>
  count<N extends keyof Tables>(table: N, where?: Where<Tables[N]>): Promise<number>
  /** Resolves when the changes are on disk. @throws Conflict */
  commit(changes: readonly Change[]): Promise<void>
  /**
   * Reads, changes and keeps one row with nothing between. `change` may be called again and must have no effects; if it
   * answers nothing, nothing is written. Answers the row that was written, if one was.
   */
  update<N extends keyof Tables>(
    table: N,
    id: string,
    change: (row: Tables[N]) => Tables[N] | undefined,
  ): Promise<Tables[N] | undefined>
  /** Rewrites what lies on the disk, so that nothing there tells of rows that were removed before. */
  compact(): Promise<void>
  close(): Promise<void>
}
