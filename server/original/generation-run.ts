import type { Run, RunFile } from '../store/store.js'

/** What the run of a task remembers of it. */
export interface GenerationMemo {
  readonly batch: string
  /** The task's place in its batch. */
  readonly index: number
  /** How many steps it will have, as far as that is known beforehand. */
  readonly steps: number
  /** The node whose steps those are; absent: they are the plan's. */
  readonly sampler?: string
  /** Whose sockets hear of it without asking. */
  readonly client?: string
}

/** A run that came in by this door. */
export interface GenerationRun extends Run {
  readonly door: 'original'
  readonly memo: GenerationMemo
}

/** Whether a run is a task of a batch. */
export const isGeneration = (run: Run | undefined): run is GenerationRun => run?.door === 'original'

/** Whether a run has come to its end. */
export const hasEnded = ({ status }: Run): boolean => status !== 'queued' && status !== 'running'

/** The picture that a run has made. */
export const resultOf = (run: Run | undefined): RunFile | undefined =>
  run?.status === 'finished' ? run.files?.find(({ preview }) => !preview) : undefined
