import { mayReach } from '../access/principal.js'
import { json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import type { Run } from '../store/store.js'
import { comfyParts } from './parts.js'
import { isPrompt, listedPrompts } from './prompt-run.js'
import { promptTuple } from './prompt-tuple.js'

const Items = Type.Array(Type.Unknown({ description: '[number, prompt_id, prompt, extra_data, outputs]' }))

/** What changes a list: all of it, or some of it by id. */
export const Edit = Type.Object({
  clear: Type.Optional(Type.Unknown()),
  delete: Type.Optional(Type.Array(Type.String())),
})

/** The queue: looking at it, taking things out of it, interrupting, freeing memory. */
export function queueRoutes(services: Services): Route[] {
  const { runs } = services
  const { documents, untold } = comfyParts(services)
  const cancelAll = (some: readonly Run[]) => Promise.all(some.map(({ id }) => runs.cancel(id)))

  return [
    route({
      method: 'get',
      path: '/queue',
      about: 'Lists what runs and what waits, in the order of their numbers.',
      access: 'visitor',
      answer: Type.Object({ queue_running: Items, queue_pending: Items }),
      handle: async call => {
        // Both at one moment: a prompt that goes from one to the other must be seen in one of them.
        const running = listedPrompts([...untold.values(), ...runs.running()], call)
        const pending = listedPrompts(runs.waiting(), call).sort((a, b) => a.memo.number - b.memo.number)
        const tuple = promptTuple(documents)
        return json({
          queue_running: await Promise.all(running.map(tuple)),
          queue_pending: await Promise.all(pending.map(tuple)),
        })
      },
    }),
    route({
      method: 'post',
      path: '/queue',
      about: 'Takes waiting prompts out of the queue.',
      access: 'visitor',
      body: Edit,
      handle: async call => {
        const { body } = call
        if (body.clear) await cancelAll(listedPrompts(runs.waiting(), call))
        const chosen = new Set(body.delete ?? [])
        const waiting = runs.waiting().filter(isPrompt)
        await cancelAll(waiting.filter(({ id, owner }) => chosen.has(id) && mayReach(call.who, owner)))
        return json({})
      },
    }),
    route({
      method: 'post',
      path: '/interrupt',
      about: 'Interrupts a running prompt, or all that run of those that the caller’s queue shows.',
      access: 'visitor',
      body: Type.Object({ prompt_id: Type.Optional(Type.Unknown()) }),
      bodyOptional: true,
      handle: async call => {
        const { body } = call
        const running = runs.running().filter(isPrompt)
        const wanted = body.prompt_id
          ? running.filter(({ id, owner }) => id === body.prompt_id && mayReach(call.who, owner))
          : listedPrompts(running, call)
        await cancelAll(wanted)
        return json({})
      },
    }),
    route({
      method: 'post',
      path: '/free',
      about: 'Frees models and remembered results.',
      access: 'operator',
      body: Type.Object({ unload_models: Type.Optional(Type.Unknown()), free_memory: Type.Optional(Type.Unknown()) }),
      bodyOptional: true,
      handle: ({ body }) => {
        if (body.unload_models || body.free_memory) runs.free()
        return json({})
      },
    }),
  ]
}
