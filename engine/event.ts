import type { Preview } from './node.js'
import type { PlainOutputs } from './plain.js'

/** Why a step ran instead of being reused; see `explain`. */
export type Reason = string

/** All that a run tells while it goes on: one union for sockets, the command line and tests. */
export type ExecutionEvent = { readonly run: string } & (
  | { readonly type: 'run-queued' }
  | { readonly type: 'run-started'; readonly nodes: number }
  | { readonly type: 'node-started'; readonly node: string }
  | {
      readonly type: 'node-progress'
      readonly node: string
      /** Which item of a list is at work, from 0, and how many there are. */
      readonly item: number
      readonly items: number
      readonly step: number
      readonly steps: number
      readonly preview?: Preview
    }
  | { readonly type: 'node-log'; readonly node: string; readonly message: string }
  | { readonly type: 'node-warning'; readonly node: string; readonly message: string }
  | {
      readonly type: 'node-finished'
      readonly node: string
      readonly cached: boolean
      readonly ms: number
      /** Of a target, as every sink is by default: what it answered, long before the run ends. */
      readonly outputs?: PlainOutputs
    }
  | { readonly type: 'node-failed'; readonly node: string; readonly message: string }
  | { readonly type: 'run-finished' }
  | { readonly type: 'run-failed'; readonly message: string }
  | { readonly type: 'run-cancelled' }
)

/** An event without the run it belongs to. */
export type StepEvent = DistributiveOmit<ExecutionEvent, 'run'>

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
