import { join } from 'node:path'
import { type Artifacts, openArtifacts } from '../engine/artifacts.js'
import { type Cache, openCache } from '../engine/cache.js'
import { type Lanes, openLanes } from '../engine/lanes.js'
import { createRegistry, type Registry } from '../engine/registry.js'
import { pack } from '../nodes/index.js'
import type { Config } from './config.js'

/** The parts of a running system, put together. */
export interface System {
  readonly config: Config
  readonly registry: Registry
  readonly artifacts: Artifacts
  readonly cache: Cache
  readonly lanes: Lanes
  /** Waits for what is running and for what is still to be written. */
  close(): Promise<void>
}

/** The module that a lane's thread imports its nodes from. */
const NODES = new URL('../nodes/index.js', import.meta.url).href

/** Puts registry, artifacts, cache and lanes together. Nothing heavy is loaded until a node needs it. */
export function compose(config: Config, log: (message: string) => void): System {
  const folders = { folder: join(config.home, 'compiled'), artifacts: join(config.home, 'artifacts') }
  const lanes = openLanes({ ...folders, modules: [NODES] })
  const cache = openCache({
    memoryBytes: config.cacheMemoryBytes,
    disk: { folder: join(config.home, 'cache'), bytes: config.cacheDiskBytes },
    log,
  })
  return {
    config,
    registry: createRegistry([pack]),
    artifacts: openArtifacts(folders.artifacts),
    cache,
    lanes,
    close: async () => {
      await lanes.close()
      await cache.flush()
    },
  }
}
