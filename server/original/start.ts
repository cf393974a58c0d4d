import { randomInt, randomUUID } from 'node:crypto'
import { nanoid } from 'nanoid'
import { InvalidWorkflow } from '../../engine/errors.js'
import { plan } from '../../engine/plan.js'
import { ownerOf, type Principal } from '../access/principal.js'
import { Refusal } from '../http/refusal.js'
import type { RunOrder } from '../runs.js'
import type { Services } from '../services.js'
import type { Batch, BatchTask, Store } from '../store/store.js'
import type { GenerationMemo } from './generation-run.js'
import type { GenerationParams } from './params.js'
import type { OriginalParts } from './parts.js'
import { findPictures } from './pictures.js'
import { bindRecipe, type Pictures, type Recipe } from './recipe.js'
import { placeOf } from './urls.js'

/** A generation that is asked for. */
export interface GenerationRequest {
  readonly who: Principal
  readonly face: string
  readonly reference?: string | undefined
  readonly params: GenerationParams
  readonly count: number
  readonly parallel: boolean
  readonly title?: string | undefined
  /** The client whose sockets are to hear of it. */
  readonly client?: string | undefined
  /** Resolves when the answer that names the tasks has left: no message about them overtakes it. */
  readonly sent: Promise<void>
}

const NO_FACE = 'Face image not found'

/** Batches without their face photo that are kept of one owner: they cost their sender nothing, and no limit of runs. */
const FAILURES = 1000

/**
 * Starts a batch: one run a task, their seeds counted up from the first. A batch without its face photo is kept as
 * failed, as the replaced system has it.
 * @throws Refusal 429 when too many runs wait already, 422 when a parameter is beyond what the workflow takes.
 */
export async function startBatch(
  services: Services,
  parts: OriginalParts,
  recipe: Recipe,
  request: GenerationRequest,
): Promise<Batch> {
  const { store, runs } = services
  const { pictures, reference } = await findPictures(services, request)
  const batch = newBatch(request, pictures, reference)
  // First, for it is the batch that lets its runs read the pictures; and no run is ever without the batch it is in.
  await store.commit([{ table: 'batches', create: batch }])
  const { who, client } = request
  if (client !== undefined) parts.audience.invite(client, batch)
  if (!pictures) {
    await forgetFailures(store, batch)
    return batch
  }
  try {
    await runs.startAll(
      batch.tasks.map(task => ({
        ...taskOrder(services, recipe, { who, batch, task, pictures, client }),
        after: request.sent,
      })),
    )
  } catch (error) {
    await store.commit([{ table: 'batches', remove: batch.id }])
    throw asRefusal(error)
  }
  return batch
}

/** Lets go of the oldest batches of an owner that could not begin. */
async function forgetFailures(store: Store, { owner }: Batch): Promise<void> {
  const failed = (await store.list('batches', { where: { owner } })).filter(({ artifacts }) => artifacts === undefined)
  await store.commit(failed.slice(FAILURES).map(({ id }) => ({ table: 'batches', remove: id })))
}

function newBatch(request: GenerationRequest, pictures: Pictures | undefined, reference: string | undefined): Batch {
  const { who, face, params, count, parallel, title } = request
  const id = randomUUID()
  const first = params.seed < 0 ? drawSeed() : params.seed
  const tasks = Array.from({ length: count }, (_, index): BatchTask => {
    const task = { id: `${id}-${index}`, seed: first + index }
    return pictures ? { ...task, run: nanoid() } : { ...task, failure: NO_FACE }
  })
  return {
    id,
    owner: ownerOf(who),
    face,
    params,
    parallel,
    tasks,
    favourite: false,
    createdAt: Date.now(),
    ...(title ? { title } : {}),
    ...(reference === undefined ? {} : { reference }),
    ...(pictures ? { artifacts: [pictures.face, pictures.reference] } : {}),
  }
}

/** As the replaced system drew them, and with room for those that are counted up from it. */
export const drawSeed = (): number => randomInt(2 ** 31 - 8)

/** What a task's run is made of. */
export interface TaskParts {
  readonly who: Principal
  readonly batch: Batch
  readonly task: BatchTask
  readonly pictures: Pictures
  readonly client?: string | undefined
}

/** The run of a task. @throws InvalidWorkflow */
export function taskOrder(
  { registry }: Services,
  recipe: Recipe,
  { who, batch, task, pictures, client }: TaskParts,
): RunOrder {
  const params = { ...(batch.params as GenerationParams), seed: task.seed }
  const workflow = bindRecipe(recipe, params, pictures)
  const { sampler } = recipe
  const memo: GenerationMemo = {
    batch: batch.id,
    index: placeOf(task.id, '-')?.index ?? 0,
    steps: sampler === undefined ? plan(workflow, registry).steps.length : params.steps,
    ...(sampler === undefined ? {} : { sampler }),
    ...(client === undefined ? {} : { client }),
  }
  return {
    who,
    name: recipe.name,
    workflow,
    door: 'original',
    memo,
    ...(task.run === undefined ? {} : { id: task.run }),
    ...(batch.parallel ? {} : { client: batch.id }),
  }
}

/** What a workflow refuses though the API's ranges allow it is a fault of the request all the same. */
export function asRefusal(error: unknown): unknown {
  return error instanceof InvalidWorkflow ? new Refusal(422, 'invalid', error.message) : error
}
