import { nanoid } from 'nanoid'
import { ANONYMOUS, type Principal } from '../access/principal.js'
import { Refusal } from '../http/refusal.js'
import type { Services } from '../services.js'
import type { Batch, BatchTask } from '../store/store.js'
import { type PlacedTask, readRun, type Slot } from './batches.js'
import { hasEnded, isGeneration } from './generation-run.js'
import type { GenerationParams } from './params.js'
import { type Pictures, recipeOf } from './recipe.js'
import { asRefusal, drawSeed, taskOrder } from './start.js'

/** A task that is to be made anew. */
export interface Regeneration extends PlacedTask {
  readonly who: Principal
  readonly sent: Promise<void>
}

/**
 * Makes a picture anew with another seed, in the place of the old one. It takes that place only once it is accepted,
 * so that a refusal leaves everything as it was.
 * @throws Refusal 409 while the task is at work, 429 when too many runs wait already.
 */
export async function regenerate(services: Services, { who, sent, ...placed }: Regeneration): Promise<Slot> {
  const { batch, place, task } = placed
  const old = task.run === undefined ? undefined : await readRun(services, task.run)
  if (old && !hasEnded(old)) throw atWork()
  const pictures = picturesOf(batch)
  if (!pictures) return { place, task, run: old }

  const next: BatchTask = { id: task.id, seed: otherSeed(batch), run: nanoid() }
  const asking = batch.owner === 'anonymous' && who.kind !== 'anonymous' ? ANONYMOUS : who
  const client = isGeneration(old) ? old.memo.client : undefined
  let mayBegin = () => {}
  const taken = new Promise<void>(resolve => {
    mayBegin = resolve
  })
  const recipe = await recipeOf(batch.params as GenerationParams)
  const order = taskOrder(services, recipe, { who: asking, batch, task: next, pictures, client })
  const run = await services.runs.start({ ...order, after: taken.then(() => sent) }).catch(error => {
    throw asRefusal(error)
  })
  try {
    await takePlace(services, placed, next)
  } catch (error) {
    await services.runs.cancel(run.id)
    throw error
  } finally {
    mayBegin()
  }
  return { place, task: next, run }
}

/** @throws Refusal when somebody else was quicker. */
async function takePlace({ store }: Services, { batch, place, task }: PlacedTask, next: BatchTask): Promise<void> {
  let isFree = false
  await store.update('batches', batch.id, row => {
    isFree = row.tasks[place.index]?.run === task.run
    return isFree ? { ...row, tasks: row.tasks.with(place.index, next) } : undefined
  })
  if (!isFree) throw atWork()
}

/** Those that the batch keeps; it has none if its face photo was not there. */
function picturesOf({ artifacts: [face, reference] = [] }: Batch): Pictures | undefined {
  return face !== undefined && reference !== undefined ? { face, reference } : undefined
}

function otherSeed(batch: Batch): number {
  const seed = drawSeed()
  return batch.tasks.some(task => task.seed === seed) ? otherSeed(batch) : seed
}

const atWork = () => new Refusal(409, 'at-work', 'This task is still at work; wait for it, or cancel its batch first.')
