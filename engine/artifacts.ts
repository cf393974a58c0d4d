import { hash, randomUUID } from 'node:crypto'
import { existsSync, utimesSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Files named by their content: uploads and results. */
export interface Artifacts {
  /** Keeps bytes; the same bytes give the same name again: 64 hex digits of SHA-256, a dot, the extension. */
  put(bytes: Uint8Array, extension: string): Promise<string>
  /** @throws when there is no such artifact. */
  read(artifact: string): Promise<Uint8Array>
  has(artifact: string): boolean
  /** The same, and marks it as used now, so that a sweep of old files leaves it. */
  use(artifact: string): boolean
  /** Where the bytes lie. @throws for what is not an artifact's name, so that no path is ever built from input. */
  path(artifact: string): string
}

const NAME = /^[0-9a-f]{64}\.[a-z0-9]{1,8}$/

/** Whether a text has the form of an artifact's name. */
export const isArtifactName = (text: string): boolean => NAME.test(text)

/** Opens the folder that holds artifacts; it is made when the first one comes. */
export function openArtifacts(folder: string): Artifacts {
  const path = (artifact: string) => {
    if (!isArtifactName(artifact)) {
      throw new Error(
        `An artifact is named by 64 hex digits and an extension, got ${JSON.stringify(artifact).slice(0, 80)}.`,
      )
    }
    return join(folder, artifact.slice(0, 2), artifact)
  }
  const has = (artifact: string) => isArtifactName(artifact) && existsSync(path(artifact))
  const use = (artifact: string) => {
    if (!has(artifact)) return false
    try {
      const now = new Date()
      utimesSync(path(artifact), now, now)
      return true
    } catch {
      // Swept in this moment; or on a disk that cannot be written, where nothing is swept.
      return has(artifact)
    }
  }
  const keep = async (name: string, write: (temporary: string) => Promise<void>) => {
    const target = path(name)
    const shelf = dirname(target)
    if (use(name)) return name
    const isNew = !existsSync(shelf)
    if (isNew) await mkdir(shelf, { recursive: true })
    await writeWhole(target, write)
    await Promise.all([syncFolder(shelf), isNew && syncFolder(folder)])
    return name
  }
  return {
    path,
    put: (bytes, extension) =>
      keep(`${hash('sha256', bytes, 'hex')}.${extension}`, temporary => writeSynced(temporary, bytes)),
    has,
    use,
    read: async artifact => {
      const file = path(artifact)
      return readFile(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
        throw new Error(
          `Artifact ${artifact.slice(0, 12)}… is not in this store (${folder}); give the file itself again.`,
        )
      })
    },
  }
}

/** Writes a file under a passing name and then gives it its own, so that a half-written one is never seen. */
export async function writeWhole(target: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${target}.${randomUUID()}.part`
  try {
    await write(temporary)
    await rename(temporary, target)
  } catch (error) {
    // What cannot be removed is swept later; the first error is the one that tells.
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

/** Waits until the disk has the names in a folder, where the system can tell: a renamed file is not there before. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Writes bytes and waits until the disk has them. */
export async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'w')
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
