import { randomUUID } from 'node:crypto'
import type { Services } from '../services.js'
import type { SocketDoor } from '../socket/socket-door.js'
import { clientFlags, serverFlags } from './feature-flags.js'
import { comfyParts } from './parts.js'
import { isPrompt } from './prompt-run.js'
import { statusMessage } from './status.js'
import { tellClients } from './tell-clients.js'

/** One client library takes a connection for dead that says nothing for ten seconds. */
const BEAT_MS = 5000

/** ComfyUI's socket: tells each client of its own prompts, and all of them how long the queue is. */
export function comfySocket(services: Services): SocketDoor {
  const { runs, config } = services
  const { sessions, logSubscribers } = comfyParts(services)
  const { tellStatus, replay } = tellClients(services)
  let beat: NodeJS.Timeout | undefined

  return {
    path: /^(?:\/comfy|\/api)?\/ws$/,
    connect: (client, _match, query) => {
      const sid = query.get('clientId') || randomUUID().replaceAll('-', '')
      const session = sessions.open(client, sid)
      beat ??= setInterval(tellStatus, BEAT_MS).unref()
      client.send(statusMessage(services, sid))
      const running = runs
        .running()
        .find(run => isPrompt(run) && run.owner === client.owner && run.memo.clientId === sid)
      if (running) replay(running.id, session)
      let isFirst = true
      return {
        receive: text => {
          const flags = isFirst ? clientFlags(text) : undefined
          isFirst = false
          if (!flags) return
          session.flags = flags
          client.send({ type: 'feature_flags', data: serverFlags(config) })
        },
        closed: () => {
          sessions.close(session)
          if (!sessions.of(client.owner, sid)) logSubscribers.set(client.owner, sid, false)
          if (sessions.count() > 0) return
          clearInterval(beat)
          beat = undefined
        },
      }
    },
  }
}
