import type { Stats } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A file in one of the home's folders. */
export interface StoredFile {
  readonly name: string
  readonly path: string
  readonly bytes: number
  /** When it was last written or used; milliseconds since 1970. */
  readonly time: number
}

/** All files of a folder whose files lie in folders of two digits each, as artifacts do. */
export async function* storedFiles(folder: string): AsyncGenerator<StoredFile> {
  for (const part of await namesIn(folder)) {
    for (const name of await namesIn(join(folder, part))) {
      const path = join(folder, part, name)
      const found = await statOf(path)
      if (found?.isFile()) yield { name, path, bytes: found.size, time: found.mtimeMs }
    }
  }
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

/** Nothing of a file that has gone. */
export const statOf = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined)

/** Removes a file; one that has gone, or cannot be removed now, is left to the next sweep. */
export const removeFile = (path: string): Promise<void> => rm(path, { force: true }).catch(() => {})
