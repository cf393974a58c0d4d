import type * as fs from 'node:fs/promises'
import { dirname } from 'node:path'

/** What a store does with files; a test hands in a disk that fails. */
export type FileOperations = Pick<
  typeof fs,
  'copyFile' | 'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'rm' | 'stat'
>

/** What a store holds is nobody else's. */
const PRIVATE = 0o600

/** A file that grows by whole pieces. */
export interface GrowingFile {
  readonly length: number
  /** Resolves when the piece is on the disk; if it rejects, nothing of the piece is in the file. */
  append(piece: Buffer): Promise<void>
  close(): Promise<void>
}

/** Opens a file to append to it. */
export async function openGrowing(path: string, files: FileOperations): Promise<GrowingFile> {
  let { size: length } = await files.stat(path)
  const handle = await files.open(path, 'a', PRIVATE)
  let whole = true
  // Cutting also makes the last page dirty again: after a failed sync the kernel may have forgotten that it was.
  const mend = async () => {
    if (whole) return
    await handle.truncate(length)
    await handle.datasync()
    whole = true
  }
  return {
    get length() {
      return length
    },
    append: async piece => {
      await mend()
      whole = false
      try {
        await handle.appendFile(piece)
        await handle.datasync()
      } catch (error) {
        // If this fails as well, the next piece tries again before it is written.
        await mend().catch(() => {})
        throw error
      }
      length += piece.length
      whole = true
    },
    close: async () => {
      await mend().catch(() => {})
      await handle.close()
    },
  }
}

/** Writes a file that is there as a whole or not at all, even if the power is cut; answers its length. */
export async function writeDurably(path: string, pieces: Iterable<Buffer>, files: FileOperations): Promise<number> {
  const passing = `${path}.part`
  let length = 0
  const handle = await files.open(passing, 'w', PRIVATE)
  try {
    for (const piece of pieces) {
      await handle.appendFile(piece)
      length += piece.length
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  await files.rename(passing, path)
  await syncFolder(dirname(path), files)
  return length
}

/** Makes the names in a folder durable; Windows cannot be asked to, and does so itself. */
export async function syncFolder(folder: string, files: FileOperations): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await files.open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
