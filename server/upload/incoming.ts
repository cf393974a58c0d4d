import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Request } from 'express'

/** The folder where bytes lie aside until the request that brought them has been answered. */
export interface Incoming {
  /** A path for a new file, which is removed when the answer has left or the caller has gone. */
  place(request: Request): string
}

/** Opens the folder, emptied of what a killed process left. */
export function openIncoming(folder: string): Incoming {
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
  return {
    place: request => {
      const path = join(folder, randomUUID())
      const remove = () => void rm(path, { force: true }).catch(() => {})
      // The response's 'close', for a request closes as soon as its body was read.
      const response = request.res
      if (response && !response.closed) response.once('close', remove)
      else request.once('close', remove)
      return path
    },
  }
}
