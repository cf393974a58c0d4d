import type { Logger } from 'pino'
import type { Artifacts } from '../engine/artifacts.js'
import type { Registry } from '../engine/registry.js'
import type { Accounts } from './access/accounts.js'
import type { Hub } from './hub.js'
import type { Runs } from './runs.js'
import type { ServerConfig } from './server-config.js'
import type { Store } from './store/store.js'
import type { Supervisor } from './supervisor.js'
import type { Uploads } from './uploads.js'

/** The parts of a running server, as the doors are handed them. */
export interface Services {
  readonly config: ServerConfig
  readonly registry: Registry
  readonly artifacts: Artifacts
  readonly store: Store
  readonly hub: Hub
  readonly runs: Runs
  readonly accounts: Accounts
  readonly uploads: Uploads
  /** Only to be told of and warmed up; runs go through `runs`. */
  readonly supervisor: Pick<Supervisor, 'pid' | 'warm'>
  readonly log: Logger
  /** Signs and checks links, so that a picture can be shown where no header can be sent. */
  readonly links: Links
}

/** Signed paths: whoever has one may read what it names. */
export interface Links {
  /** The path with `?key=…` behind it. */
  sign(path: string): string
  /** Whether a path and the key that came with it belong together. */
  isSigned(path: string, key: string | undefined): boolean
}
