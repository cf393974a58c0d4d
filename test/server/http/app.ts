import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { pino } from 'pino'
import { comfyDoor } from '../../../server/comfy/door.js'
import { createApp } from '../../../server/http/app.js'
import type { Door } from '../../../server/http/route.js'
import { limitTimes } from '../../../server/http/times.js'
import { nativeDoor } from '../../../server/native/door.js'
import { originalDoor } from '../../../server/original/door.js'
import type { ServerConfig } from '../../../server/server-config.js'
import type { Services } from '../../../server/services.js'

/** The doors of a server. */
export const doorsOf = (services: Services): readonly Door[] => [
  nativeDoor(services),
  originalDoor(services),
  comfyDoor(services),
]

/** What a test of the application itself may choose. */
export interface TestApp {
  readonly doors?: readonly Door[]
  readonly config?: Partial<ServerConfig>
  readonly bodyMs?: number
}

/** A further web application over the services of a server; answers its URL and the lines of its log. */
export async function startApp(services: Services, { doors, config, bodyMs }: TestApp = {}) {
  const lines: string[] = []
  const log = pino({ level: 'trace', base: null }, { write: (line: string) => void lines.push(line) })
  const changed = { ...services, log, config: { ...services.config, ...config } }
  const app = createApp(changed, doors ?? doorsOf(changed), bodyMs === undefined ? {} : { bodyMs })
  const server = createServer(app)
  limitTimes(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, lines }
}
