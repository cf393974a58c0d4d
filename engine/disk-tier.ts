import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'
import { writeWhole } from './artifacts.js'
import type { Entry } from './cache.js'
import { messageOf } from './errors.js'

/** The part of the cache that survives the process. */
export interface DiskTier {
  has(key: string): boolean
  load(key: string): Promise<Entry | undefined>
  set(key: string, entry: Entry): void
  flush(): Promise<void>
}

/** First bytes of every file; the digit is raised when the form changes, and older files then count as damaged. */
const MAGIC = 'portrait-cache-1'
const HEADER = MAGIC.length + 4
const KEY = /^[0-9a-f]{64}$/

/**
 * One file an entry, named by its key: magic, CRC-32, V8's serialisation. A disk that cannot be written costs the
 * entry, never the run.
 */
export function openDiskTier(folder: string, limit: number, log: (message: string) => void): DiskTier {
  const sizes = readSizes(folder, log)
  let total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)

  const forget = (key: string) => {
    total -= sizes.get(key) ?? 0
    sizes.delete(key)
    return rm(join(folder, key), { force: true }).catch(() => {})
  }
  const shrink = async () => {
    for (const oldest of sizes.keys()) {
      if (total <= limit) break
      await forget(oldest)
    }
  }
  const write = async (key: string, entry: Entry) => {
    const file = encode(entry)
    if (file.length > limit) return
    await mkdir(folder, { recursive: true })
    await writeWhole(join(folder, key), temporary => writeFile(temporary, file))
    total += file.length - (sizes.get(key) ?? 0)
    sizes.delete(key)
    sizes.set(key, file.length)
    await shrink()
  }
  // One after the other: a run must not wait for the disk, and the disk must not be flooded. The limit may be new.
  let writing = shrink()
  return {
    has: key => sizes.has(key),
    load: async key => {
      try {
        const entry = decode(await readFile(join(folder, key)))
        const bytes = sizes.get(key) ?? 0
        sizes.delete(key)
        sizes.set(key, bytes)
        // The order of use survives the process as the files' times.
        utimes(join(folder, key), new Date(), new Date()).catch(() => {})
        return entry
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          log(`Cache entry ${key} is dropped: ${messageOf(error)}.`)
        await forget(key)
        return undefined
      }
    },
    set: (key, entry) => {
      writing = writing.then(() =>
        write(key, entry).catch(error => log(`The cache in ${folder} could not keep an entry: ${messageOf(error)}.`)),
      )
    },
    flush: () => writing,
  }
}

/** Entries by age, the least recently used first; what a killed process left half-written is removed. */
function readSizes(folder: string, log: (message: string) => void): Map<string, number> {
  const files: { name: string; bytes: number; time: number }[] = []
  for (const name of namesIn(folder, log)) {
    const { size, mtimeMs } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 }
    if (KEY.test(name)) files.push({ name, bytes: size, time: mtimeMs })
    // Another process may be writing this very moment; an hour later nobody is.
    else if (name.endsWith('.part') && mtimeMs < Date.now() - 3_600_000) rmSync(join(folder, name), { force: true })
  }
  return new Map(files.sort((a, b) => a.time - b.time).map(({ name, bytes }) => [name, bytes]))
}

function namesIn(folder: string, log: (message: string) => void): string[] {
  try {
    mkdirSync(folder, { recursive: true })
    return readdirSync(folder)
  } catch (error) {
    log(`The cache folder ${folder} cannot be read, so nothing is reused from it: ${messageOf(error)}.`)
    return []
  }
}

function encode(entry: Entry): Buffer {
  const body = serialize(entry)
  const file = Buffer.allocUnsafe(HEADER + body.length)
  file.write(MAGIC, 'latin1')
  file.writeUInt32LE(crc32(body), MAGIC.length)
  body.copy(file, HEADER)
  return file
}

function decode(file: Buffer): Entry {
  const body = file.subarray(HEADER)
  if (file.length < HEADER || file.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new Error('it has another form')
  if (file.readUInt32LE(MAGIC.length) !== crc32(body)) throw new Error('its checksum does not match its content')
  return deserialize(body)
}
