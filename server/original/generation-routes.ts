import { Refusal } from '../http/refusal.js'
import { json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import { findBatch, findTask, readRun, readSlots, viewTask } from './batches.js'
import { Started, StartRequest, Status } from './generation-schemas.js'
import { completeParams } from './params.js'
import { originalParts } from './parts.js'
import { progressMessage } from './progress-message.js'
import { ignoredParams, recipeOf } from './recipe.js'
import { regenerate } from './regenerate.js'
import { startBatch } from './start.js'
import { GenerationTask } from './task.js'

const BatchId = Type.Object({ batch_id: Type.String() })
const TaskId = Type.Object({ task_id: Type.String() })

/** Generations: batches of pictures of one request. */
export function generationRoutes(services: Services): readonly Route[] {
  const { hub, runs } = services
  const parts = originalParts(services)
  return [
    route({
      method: 'post',
      path: '/api/generation/start',
      about: 'Starts up to eight pictures of the person of one photo in the scene of another.',
      access: 'visitor',
      perMinute: 300,
      body: StartRequest,
      answer: Started,
      handle: async ({ body, who, sent }) => {
        const { face_image_id, reference_image_id, count = 4, parallel = false, title, client_id } = body
        const params = completeParams(body.params)
        const recipe = await recipeOf(params)
        const batch = await startBatch(services, parts, recipe, {
          who,
          face: face_image_id,
          reference: reference_image_id ?? undefined,
          params,
          count,
          parallel,
          title: title ?? undefined,
          client: client_id ?? undefined,
          sent,
        })
        const slots = await readSlots(services, batch)
        const tasks = slots.map(slot => viewTask(slot, batch, hub, parts))
        // What failed before it began has no run that would tell of it.
        void sent.then(() => {
          for (const task of tasks)
            if (task.status === 'failed') parts.audience.tell(batch.id, progressMessage(task, batch.id))
        })
        const ignored_params = ignoredParams(recipe, body.params)
        return json({ batch_id: batch.id, tasks, total_count: tasks.length, ignored_params })
      },
    }),
    route({
      method: 'get',
      path: '/api/generation/status/:batch_id',
      about: 'How the tasks of a batch are.',
      access: 'visitor',
      params: BatchId,
      answer: Status,
      handle: async ({ params, who }) => {
        const batch = await findBatch(services, who, params.batch_id)
        const slots = await readSlots(services, batch)
        const tasks = slots.map(slot => viewTask(slot, batch, hub, parts))
        const completed = tasks.filter(({ status }) => status === 'completed').length
        return json({ batch_id: batch.id, tasks, completed, total: tasks.length })
      },
    }),
    route({
      method: 'get',
      path: '/api/generation/task/:task_id',
      about: 'How one task is.',
      access: 'visitor',
      params: TaskId,
      answer: GenerationTask,
      handle: async ({ params, who }) => {
        const { batch, place, task } = await findTask(services, who, params.task_id)
        const run = task.run === undefined ? undefined : await readRun(services, task.run)
        return json(viewTask({ place, task, run }, batch, hub, parts))
      },
    }),
    route({
      method: 'post',
      path: '/api/generation/cancel/:batch_id',
      about: 'Ends what a batch still has to do: what waits at once, what is at work at its next step.',
      access: 'visitor',
      params: BatchId,
      answer: Type.Object({ status: Type.Literal('cancelled'), cancelled_count: Type.Integer() }),
      handle: async ({ params, who }) => {
        const batch = await findBatch(services, who, params.batch_id).catch(() => undefined)
        let cancelled = 0
        // From the last to the first, so that none that waits gets its turn because the one before it has ended.
        for (const { run } of batch?.tasks.toReversed() ?? [])
          if (run !== undefined && (await runs.cancel(run))) cancelled++
        if (cancelled === 0) throw new Refusal(404, 'not-found', 'Batch not found or already completed')
        return json({ status: 'cancelled', cancelled_count: cancelled })
      },
    }),
    route({
      method: 'post',
      path: '/api/generation/task/:task_id/regenerate',
      about: 'Makes one picture anew, with another seed, in the place of the old one.',
      access: 'visitor',
      params: TaskId,
      answer: GenerationTask,
      handle: async ({ params, who, sent }) => {
        const placed = await findTask(services, who, params.task_id)
        const slot = await regenerate(services, { ...placed, who, sent })
        return json(viewTask(slot, placed.batch, hub, parts))
      },
    }),
  ]
}
