import type { Preview } from './node.js'

/** What a thread lane is told when it starts: the modules whose `pack` exports have its nodes. */
export interface ThreadSetup {
  readonly modules: readonly string[]
  readonly device: string
  readonly folder: string
  readonly artifacts: string
}

/** A task as it crosses to the thread. */
export interface ThreadTask {
  readonly type: string
  readonly inputs: Readonly<Record<string, unknown>>
  /** Carries `TaskMessage`s back, and 'cancel' to the thread. */
  readonly port: import('node:worker_threads').MessagePort
}

/** What the thread tells while a task runs. */
export type TaskMessage =
  | { readonly type: 'progress'; readonly step: number; readonly steps: number; readonly preview?: Preview }
  | { readonly type: 'log'; readonly message: string }

/** How a task ended. An error crosses as its parts, because cloning loses its name and with it what it means. */
export type ThreadResult =
  | { readonly outputs: Readonly<Record<string, unknown>>; readonly warnings: readonly string[] }
  | { readonly error: { readonly name: string; readonly message: string; readonly stack?: string } }
