import type { Owner } from '../access/principal.js'
import type { RunState } from '../hub.js'
import Type, { type Static } from '../schema.js'
import type { Run } from '../store/store.js'
import { hasEnded, isGeneration, resultOf } from './generation-run.js'
import { type LiveView, stepsOf } from './live-view.js'
import { localTime } from './local-time.js'
import { type TaskPlace, taskId, type Urls } from './urls.js'

const TextOrNull = Type.Union([Type.String(), Type.Null()])

/** One picture of a batch, as the replaced system tells of it. */
export const GenerationTask = Type.Object({
  id: Type.String(),
  status: Type.Enum(['pending', 'processing', 'completed', 'failed', 'cancelled']),
  progress: Type.Integer({ minimum: 0, maximum: 100 }),
  current_step: Type.Integer(),
  total_steps: Type.Integer(),
  preview_url: TextOrNull,
  result_url: TextOrNull,
  error: TextOrNull,
  started_at: TextOrNull,
  completed_at: TextOrNull,
  generated_prompt: TextOrNull,
  actual_seed: Type.Integer({ description: 'The seed that was really used; the replaced system kept it to itself.' }),
})
export type GenerationTask = Static<typeof GenerationTask>

/** How a task is, without what only its batch knows. */
export type TaskState = Omit<GenerationTask, 'actual_seed'>

/** Of what a task's state is made: its run as it was kept, and as it is while it lives. */
export interface TaskSource {
  readonly place: TaskPlace
  readonly owner: Owner
  readonly run?: Run | undefined
  readonly live?: RunState | undefined
  /** Why it could not start. */
  readonly failure?: string | undefined
}

const STATUS = {
  queued: 'pending',
  running: 'processing',
  finished: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
} as const

/** Tells how a task is. */
export function taskState(source: TaskSource, { urls, live: view }: { urls: Urls; live: LiveView }): TaskState {
  const { place, owner, run } = source
  const blank: TaskState = {
    id: taskId(place),
    status: 'pending',
    progress: 0,
    current_step: 0,
    total_steps: isGeneration(run) ? run.memo.steps : 0,
    preview_url: null,
    result_url: null,
    error: null,
    started_at: run?.startedAt === undefined ? null : localTime(run.startedAt),
    completed_at: run?.endedAt === undefined ? null : localTime(run.endedAt),
    generated_prompt: null,
  }
  if (!run) return { ...blank, status: 'failed', error: source.failure ?? NOT_KEPT }
  if (hasEnded(run)) return { ...blank, ...endState(run, place, owner, urls) }
  return { ...blank, ...liveState(source, view, urls) }
}

const NOT_KEPT = 'Nothing of this is kept any more; generate it again.'

function endState(run: Run, place: TaskPlace, owner: Owner, urls: Urls): Partial<TaskState> {
  const result = resultOf(run)
  if (result) {
    const url = urls.result(place, result.artifact, owner)
    const steps = isGeneration(run) ? run.memo.steps : 0
    return { status: 'completed', progress: 100, current_step: steps, preview_url: url, result_url: url }
  }
  if (run.status === 'cancelled') return { status: 'cancelled' }
  return { status: 'failed', error: run.failure ?? 'The workflow made no picture.' }
}

function liveState({ run, live, place, owner }: TaskSource, view: LiveView, urls: Urls): Partial<TaskState> {
  if (!live) return run ? { status: STATUS[run.status] } : {}
  const { step, steps } = stepsOf(live, isGeneration(run) ? run.memo.sampler : undefined)
  const number = view.previewNumber(live)
  return {
    status: STATUS[live.status],
    progress: view.progress(live),
    current_step: step,
    ...(steps > 0 ? { total_steps: steps } : {}),
    ...(number > 0 ? { preview_url: urls.preview(place, number, owner) } : {}),
  }
}
