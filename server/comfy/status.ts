import type { Services } from '../services.js'
import type { Message } from './events.js'
import { queueRemaining } from './prompt-run.js'

/** How long the queue is, as /prompt and the socket tell it. */
export const execInfo = (services: Services) => ({ exec_info: { queue_remaining: queueRemaining(services) } })

/** The message that every socket gets whenever the queue changes. */
export const statusMessage = (services: Services, sid?: string): Message => ({
  type: 'status',
  data: { status: execInfo(services), ...(sid === undefined ? {} : { sid }) },
})
