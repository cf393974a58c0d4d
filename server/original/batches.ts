import { mayReach, type Principal } from '../access/principal.js'
import { notFound } from '../http/refusal.js'
import type { RunState } from '../hub.js'
import type { Services } from '../services.js'
import type { Batch, BatchTask, Run } from '../store/store.js'
import { hasEnded } from './generation-run.js'
import type { OriginalParts } from './parts.js'
import { type GenerationTask, taskState } from './task.js'
import { placeOf, type TaskPlace } from './urls.js'

/** A task with its run, if it has one. */
export interface Slot {
  readonly place: TaskPlace
  readonly task: BatchTask
  readonly run?: Run | undefined
}

/** A batch and one of its tasks. */
export interface PlacedTask {
  readonly batch: Batch
  readonly place: TaskPlace
  readonly task: BatchTask
}

/** @throws Refusal 404 also for what is somebody else's. */
export async function findBatch({ store }: Services, who: Principal, id: string): Promise<Batch> {
  const batch = await store.get('batches', id)
  if (batch && mayReach(who, batch.owner)) return batch
  throw notFound('Batch')
}

/** @throws Refusal 404 also for what is somebody else's. */
export async function findTask({ store }: Services, who: Principal, id: string): Promise<PlacedTask> {
  const place = placeOf(id, '-')
  const batch = place && (await store.get('batches', place.batch))
  const task = place && batch?.tasks[place.index]
  if (place && batch && task && mayReach(who, batch.owner)) return { batch, place, task }
  throw notFound('Task')
}

/** The tasks of a batch with their runs. */
export const readSlots = (services: Services, { id, tasks }: Batch): Promise<Slot[]> =>
  Promise.all(
    tasks.map(async (task, index) => {
      const place = { batch: id, index }
      return task.run === undefined ? { place, task } : { place, task, run: await readRun(services, task.run) }
    }),
  )

/** Reads a run; once more if it ended meanwhile, for what the hub has forgotten is on disk by then. */
export async function readRun({ store, hub }: Services, id: string): Promise<Run | undefined> {
  const run = await store.get('runs', id)
  return run && !hasEnded(run) && !hub.state(id) ? store.get('runs', id) : run
}

/** Tells of a task in the replaced system's form. */
export function viewTask(
  { place, task, run }: Slot,
  { owner }: Batch,
  hub: { state(run: string): RunState | undefined },
  parts: OriginalParts,
): GenerationTask {
  const live = run && hub.state(run.id)
  return { ...taskState({ place, owner, run, live, failure: task.failure }, parts), actual_seed: task.seed }
}
