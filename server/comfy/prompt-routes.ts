import { json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import { PromptBody, promptStarter } from './start-prompt.js'
import { execInfo } from './status.js'

const Accepted = Type.Object({
  prompt_id: Type.String(),
  number: Type.Number(),
  node_errors: Type.Record(Type.String(), Type.Unknown()),
})

/** Starting a prompt, and how much there is to do. */
export function promptRoutes(services: Services): Route[] {
  const start = promptStarter(services)
  return [
    route({
      method: 'get',
      path: '/prompt',
      about: 'Tells how many prompts wait and run.',
      access: 'visitor',
      answer: Type.Object({ exec_info: Type.Object({ queue_remaining: Type.Integer() }) }),
      handle: () => json(execInfo(services)),
    }),
    route({
      method: 'post',
      path: '/prompt',
      about: 'Queues a prompt: in ComfyUI’s API format, or as its editor saves a workflow.',
      access: 'visitor',
      perMinute: 300,
      body: PromptBody,
      answer: Accepted,
      handle: async call => {
        const started = await start(call, call.body)
        const node_errors = started.nodeErrors
        if ('error' in started) return json({ error: started.error, node_errors }, started.status)
        return json({ prompt_id: started.id, number: started.number, node_errors })
      },
    }),
  ]
}
