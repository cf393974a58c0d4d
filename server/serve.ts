import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { openArtifacts } from '../engine/artifacts.js'
import { createRegistry } from '../engine/registry.js'
import { pack } from '../nodes/index.js'
import { openAccounts } from './access/accounts.js'
import { openLinks } from './access/links.js'
import { readSecret } from './access/secret.js'
import { comfyDoor } from './comfy/door.js'
import { comfySocket } from './comfy/socket.js'
import { artifactsFolder, loadPacks } from './compose.js'
import { lockFolder } from './data-lock.js'
import { createApp } from './http/app.js'
import { limitTimes } from './http/times.js'
import { openHub } from './hub.js'
import { openRuns } from './local-runs.js'
import { openLog } from './log.js'
import { nativeDoor } from './native/door.js'
import { nativeSocket } from './native/socket.js'
import { originalDoor } from './original/door.js'
import { originalSocket } from './original/socket.js'
import { openRetention } from './retention.js'
import type { ServerConfig } from './server-config.js'
import type { Services } from './services.js'
import { openSockets } from './socket/sockets.js'
import { openLowdbStore } from './store/lowdb-store.js'
import { openSupervisor } from './supervisor.js'
import { openUploads } from './uploads.js'

/** A server that answers. */
export interface Serving {
  readonly url: string
  readonly services: Services
  /** Refuses new work, lets what runs end at its next step, keeps what waits, and closes. */
  close(): Promise<void>
}

/**
 * Puts a server together and starts it.
 * @param modules URLs of further modules that export a `pack` of nodes.
 * @throws when another server has the data folder, the port is taken, or the store is damaged beyond repair.
 */
export async function serve(config: ServerConfig, modules: readonly string[] = []): Promise<Serving> {
  const log = openLog(config.logLevel)
  const folder = join(config.home, 'server')
  const unlock = await lockFolder(folder)
  const closers: (() => Promise<unknown> | unknown)[] = [unlock]
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    const store = await openLowdbStore(join(folder, 'store'), { log: message => log.warn(message) })
    closers.push(() => store.close())
    const packs = await loadPacks(modules)
    const registry = createRegistry([pack, ...packs])
    const artifacts = openArtifacts(artifactsFolder(config))
    const hub = openHub()
    const { home, cacheMemoryBytes, cacheDiskBytes, devices } = config
    const supervisor = openSupervisor(
      { config: { home, cacheMemoryBytes, cacheDiskBytes }, devices, modules },
      message => log.warn(message),
    )
    const width = devices.length
    const runs = await openRuns({ store, hub, registry, artifacts, supervisor, width, queueLimit: config.queueLimit })
    closers.push(() => runs.close())
    const secret = await readSecret(folder)
    const links = openLinks(secret)
    const uploads = openUploads({ artifacts, store, config })
    const retention = openRetention({ config, store, artifacts, registry, runs, log })
    const accounts = openAccounts({ store, config, secret, log, forget: retention.forget })
    const services: Services = {
      config,
      registry,
      artifacts,
      store,
      hub,
      runs,
      accounts,
      uploads,
      log,
      links,
      supervisor,
    }
    const server = createServer(
      createApp(services, [nativeDoor(services), originalDoor(services), comfyDoor(services)]),
    )
    limitTimes(server)
    const sockets = openSockets(server, services, [
      nativeSocket(services),
      originalSocket(services),
      comfySocket(services),
    ])
    closers.push(() => closeServer(server))
    closers.push(() => sockets.close())
    const url = await listen(server, config)
    retention.start()
    closers.push(() => retention.close())
    return { url, services, close: closeAll }
  } catch (error) {
    await closeAll()
    throw error
  }
}

function listen(server: Server, { host, port }: ServerConfig): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const cure = 'end the program that has it, or choose another with PORTRAIT_PORT'
      reject(error.code === 'EADDRINUSE' ? new Error(`Port ${port} of ${host} is taken; ${cure}.`) : error)
    })
    server.listen(port, host, () => {
      const { port: actual } = server.address() as AddressInfo
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${actual}`)
    })
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeIdleConnections()
    // Downloads and uploads under way get a moment to end.
    setTimeout(() => server.closeAllConnections(), 2000).unref()
  })
}
