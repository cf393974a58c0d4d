import type { Principal } from '../access/principal.js'
import { mayReach } from '../access/principal.js'
import type { Services } from '../services.js'
import type { Run } from '../store/store.js'
import { listedOwners, type Reader } from './named-files.js'

/** What one node shows of itself: `images`, `text`, … */
export type NodeOutput = Readonly<Record<string, readonly unknown[]>>

/** A picture as ComfyUI's clients name it. */
export interface ShownImage {
  readonly filename: string
  readonly subfolder: string
  readonly type: 'output' | 'temp'
}

/** What is to be told of a prompt after its end. */
export interface PromptEnd {
  readonly outputs: Readonly<Record<string, NodeOutput>>
  /** Nodes that did not have to run. */
  readonly cached: readonly string[]
  readonly executed: readonly string[]
  /** Where it ended before its time. */
  readonly stopped?: StoppedNode
}

export interface StoppedNode {
  readonly node: string
  readonly type: string
  readonly message: string
  /** The node's written values, as texts. */
  readonly inputs: Readonly<Record<string, readonly string[]>>
}

/** What a run remembers of the prompt that it is. */
export interface PromptMemo {
  /** ComfyUI's priority: lowest first. */
  readonly number: number
  readonly clientId?: string
  /** The artifact that holds the `PromptDocument`. */
  readonly document: string
  /** No pictures of the work are wanted. */
  readonly previews?: false
  /** From the end on. */
  readonly end?: KeptEnd
}

/** An end as the run's row has it: lists of nodes that are long stay in the report, for rows are all in memory. */
export type KeptEnd = Pick<PromptEnd, 'outputs' | 'stopped'> & Partial<PromptEnd>

/** A run that came in by this door. */
export interface PromptRun extends Run {
  readonly door: 'comfy'
  readonly memo: PromptMemo
}

/** Whether a run is a prompt. */
export const isPrompt = (run: Run | undefined): run is PromptRun => run?.door === 'comfy'

/** Whether it has come to its end, so that the history has it and the queue has not. */
export const hasEnded = ({ status }: Run): boolean => status !== 'queued' && status !== 'running'

/** The prompts among runs that a reader's lists show. */
export function listedPrompts(runs: readonly Run[], reader: Reader): PromptRun[] {
  const owners = listedOwners(reader)
  return runs.filter(isPrompt).filter(({ owner }) => owners.includes(owner))
}

/** The prompt of this id, if `who` may reach it. */
export async function findPrompt({ store }: Services, who: Principal, id: string): Promise<PromptRun | undefined> {
  const run = await store.get('runs', id)
  return isPrompt(run) && mayReach(who, run.owner) ? run : undefined
}

/** How much this server has to do: what waits and what runs, of everybody. */
export function queueRemaining({ runs }: Services): number {
  const { waiting, running } = runs.count()
  return waiting + running
}
