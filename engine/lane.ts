import type { LaneName, NodeDefinition, Preview } from './node.js'

/** One call of a node's `run`. */
export interface Task {
  readonly definition: NodeDefinition
  readonly inputs: Readonly<Record<string, unknown>>
}

/** Who follows a task: its cancellation, and where its progress goes. */
export interface Follower {
  readonly signal: AbortSignal
  progress(step: number, steps: number, preview?: Preview): void
  log(message: string): void
}

/** What a task made. */
export interface Outcome {
  readonly outputs: Readonly<Record<string, unknown>>
  readonly warnings: readonly string[]
}

/** A place where nodes run. */
export interface Lane {
  /** @throws what the node threw; AbortError when the follower's signal ended it. */
  run(task: Task, follower: Follower): Promise<Outcome>
  /** Starts its threads ahead of the first task, so that they come up while other lanes work. */
  prepare(): void
  /** Waits for what is running and then ends the threads. */
  close(): Promise<void>
}

/** The lanes of one run; its GPU lane is its own until the run ends. */
export type RunLanes = Readonly<Record<LaneName, Lane>>

/** What a lane hands to the nodes that run in it. */
export interface LaneOptions {
  readonly device: string
  /** For what is made once and kept on disk. */
  readonly folder: string
  /** The folder of the artifacts. */
  readonly artifacts: string
}
