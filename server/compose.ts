import { join } from 'node:path'
import { type Artifacts, openArtifacts } from '../engine/artifacts.js'
import { type Cache, openCache } from '../engine/cache.js'
import { type Lanes, openLanes } from '../engine/lanes.js'
import type { NodePack } from '../engine/node.js'
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

/** What may differ from one person's command line. */
export interface Extensions {
  /** URLs of further modules that export a `pack` of nodes, and those packs. */
  readonly modules?: readonly string[]
  readonly packs?: readonly NodePack[]
  readonly devices?: readonly string[]
}

/** Loads the packs of modules that `compose` takes. */
export const loadPacks = (modules: readonly string[]): Promise<NodePack[]> =>
  Promise.all(modules.map(async module => ((await import(module)) as { pack: NodePack }).pack))

/** Where the files of a home lie. */
export const artifactsFolder = ({ home }: Config): string => join(home, 'artifacts')

/** Puts registry, artifacts, cache and lanes together. Nothing heavy is loaded until a node needs it. */
export function compose(
  config: Config,
  log: (message: string) => void,
  { modules = [], packs = [], devices }: Extensions = {},
): System {
  const folders = { folder: join(config.home, 'compiled'), artifacts: artifactsFolder(config) }
  const lanes = openLanes({ ...folders, modules: [NODES, ...modules], ...(devices ? { devices } : {}) })
  const cache = openCache({
    memoryBytes: config.cacheMemoryBytes,
    disk: { folder: join(config.home, 'cache'), bytes: config.cacheDiskBytes },
    log,
  })
  return {
    config,
    registry: createRegistry([pack, ...packs]),
    artifacts: openArtifacts(folders.artifacts),
    cache,
    lanes,
    close: async () => {
      await lanes.close()
      await cache.flush()
    },
  }
}
