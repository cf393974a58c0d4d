import { homedir } from 'node:os'
import { join } from 'node:path'
import { BadArguments } from './exit.js'

/** What a process is set up with. */
export interface Config {
  /** Holds artifacts, cache, compiled models and the records of earlier runs. */
  readonly home: string
  readonly cacheMemoryBytes: number
  readonly cacheDiskBytes: number
}

const MEBIBYTE = 2 ** 20

/**
 * Reads the configuration from the environment: `PORTRAIT_HOME` (folder), `PORTRAIT_CACHE_MB` (disk, default 2048),
 * `PORTRAIT_MEMORY_MB` (memory, default 256).
 * @throws when a number is not one.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  return {
    home: environment.PORTRAIT_HOME ?? join(homedir(), '.ip-to-portrait'),
    cacheDiskBytes: megabytes(environment, 'PORTRAIT_CACHE_MB', 2048) * MEBIBYTE,
    cacheMemoryBytes: megabytes(environment, 'PORTRAIT_MEMORY_MB', 256) * MEBIBYTE,
  }
}

function megabytes(environment: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = environment[name]
  const value = text === undefined || text === '' ? fallback : Number(text)
  if (Number.isFinite(value) && value >= 0) return value
  throw new BadArguments(`The environment variable ${name} must be a number of megabytes, got "${text}".`)
}
