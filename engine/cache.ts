import { type DiskTier, openDiskTier } from './disk-tier.js'
import { sizeOf } from './size.js'

/** What a step made: a list for each output (of one item unless the step was mapped), and what the user should know. */
export interface Entry {
  readonly outputs: Readonly<Record<string, readonly unknown[]>>
  readonly warnings: readonly string[]
}

/** Remembers what steps made, by content key: memory first, disk behind it, both bounded in bytes. */
export interface Cache {
  /** From memory. */
  get(key: string): Entry | undefined
  /** Whether the disk has it; then `load` may still find it damaged. */
  onDisk(key: string): boolean
  /** From disk into memory; a damaged entry is removed and counts as absent. */
  load(key: string): Promise<Entry | undefined>
  /** `ms`: what it took to make; what is cheaper to make again than to read is not written to disk. */
  set(key: string, entry: Entry, ms: number): void
  /** Computations under way, so that equal steps of concurrent runs share one. */
  readonly flights: Map<string, Promise<Entry>>
  /** Waits until the disk has all that was set. */
  flush(): Promise<void>
}

export interface CacheOptions {
  readonly memoryBytes: number
  readonly disk?: { readonly folder: string; readonly bytes: number; readonly minimumMs?: number }
  log?(message: string): void
}

/** Reading an entry back costs about this much, so steps that took less are not worth keeping on disk. */
const MINIMUM_MS = 5

/** Opens the cache; what an earlier process left on disk is there again. */
export function openCache({ memoryBytes, disk, log = () => {} }: CacheOptions): Cache {
  const memory = memoryTier(memoryBytes)
  const tier: DiskTier | undefined = disk && openDiskTier(disk.folder, disk.bytes, log)
  return {
    flights: new Map(),
    get: memory.get,
    onDisk: key => tier?.has(key) ?? false,
    load: async key => {
      const entry = await tier?.load(key)
      if (entry) memory.set(key, entry)
      return entry
    },
    set: (key, entry, ms) => {
      memory.set(key, entry)
      if (disk && ms >= (disk.minimumMs ?? MINIMUM_MS)) tier?.set(key, entry)
    },
    flush: async () => tier?.flush(),
  }
}

/** Least recently used goes first. A Map keeps the order of insertion, so a used entry is put in anew. */
function memoryTier(limit: number) {
  const entries = new Map<string, { entry: Entry; bytes: number }>()
  let total = 0
  const remove = (key: string) => {
    total -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }
  return {
    get(key: string): Entry | undefined {
      const found = entries.get(key)
      if (!found) return undefined
      entries.delete(key)
      entries.set(key, found)
      return found.entry
    },
    set(key: string, entry: Entry): void {
      remove(key)
      const bytes = sizeOf(entry)
      if (bytes > limit) return
      entries.set(key, { entry, bytes })
      total += bytes
      for (const oldest of entries.keys()) {
        if (total <= limit) break
        remove(oldest)
      }
    },
  }
}
