import type { ExecutionEvent } from '../../engine/event.js'
import type { Hub, RunState } from '../hub.js'
import { hasEnded, isGeneration } from './generation-run.js'
import type { OriginalParts } from './parts.js'
import { progressMessage } from './progress-message.js'
import { type TaskState, taskState } from './task.js'

/** Tells sockets of the tasks that they listen to, from now on. */
export function announceTasks(hub: Hub, parts: OriginalParts): void {
  const told = new WeakMap<RunState, TaskState>()
  hub.listen('all', (event, run, state) => {
    if (!isGeneration(run) || !parts.audience.hears(run.memo.batch)) return
    // The answer to the request has said that it waits; only if it waits once more, there is something to tell.
    if (event.type === 'run-queued' && run.deaths === 0) return
    const { batch, index } = run.memo
    const task = taskState({ place: { batch, index }, owner: run.owner, run, live: state }, parts)
    const preview = previewOf(event)
    const last = told.get(state)
    // A plan of many small steps makes many events that say the same in percent.
    if (last && !preview && !hasEnded(run) && isSame(last, task)) return
    told.set(state, task)
    parts.audience.tell(batch, progressMessage(task, batch, preview))
  })
}

// The worker process lets at most four a second through.
const previewOf = (event: ExecutionEvent) => (event.type === 'node-progress' ? event.preview : undefined)

const isSame = (a: TaskState, b: TaskState) =>
  a.status === b.status &&
  a.progress === b.progress &&
  a.current_step === b.current_step &&
  a.preview_url === b.preview_url
