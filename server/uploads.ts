import { join } from 'node:path'
import type { Request } from 'express'
import type { Artifacts } from '../engine/artifacts.js'
import type { Owner } from './access/principal.js'
import type { ServerConfig } from './server-config.js'
import type { Store, Upload } from './store/store.js'
import { openIncoming } from './upload/incoming.js'
import { pictureKeeper } from './upload/keep.js'
import { receiveForm, receiveRaw } from './upload/receive.js'

/** A file that came in a form; it lies aside until the request has been answered. */
export interface ReceivedFile {
  /** As the client called it; never part of a path. */
  readonly name: string
  /** Where the bytes lie for now. */
  readonly path: string
  readonly bytes: number
}

export interface ReceivedForm {
  readonly fields: Readonly<Record<string, string>>
  readonly file?: ReceivedFile
}

/** Takes pictures in from outside. */
export interface Uploads {
  /**
   * Reads a multipart form with at most one file, in `field`.
   * @throws Refusal 413 when it is too large or has too many parts, 408 when it comes too slowly, 400 when it is malformed.
   */
  receive(request: Request, field: string): Promise<ReceivedForm>
  /** Takes a body that is the file itself. @throws Refusal as `receive` does. */
  receiveRaw(request: Request): Promise<ReceivedFile>
  /**
   * Keeps a picture: known by its content whatever it is called, decodable, of bearable size, and without the place
   * and device that its metadata tell (orientation and colour profile stay).
   * @throws Refusal 400 when it is no picture, 413 when it has too many pixels.
   */
  keep(file: ReceivedFile, owner: Owner): Promise<Upload>
}

export interface UploadsParts {
  readonly artifacts: Artifacts
  readonly store: Store
  readonly config: Pick<ServerConfig, 'home' | 'uploadBytes'>
  /** In each window of this length a part of the body must come. */
  readonly windowMs?: number
}

/** Opens the uploads of a server; what an earlier one left half-received is removed. */
export function openUploads({ artifacts, store, config, windowMs = 15_000 }: UploadsParts): Uploads {
  const incoming = openIncoming(join(config.home, 'incoming'))
  const limits = { bytes: config.uploadBytes, windowMs }
  return {
    receive: (request, field) => receiveForm(request, field, incoming, limits),
    receiveRaw: request => receiveRaw(request, incoming, limits),
    keep: pictureKeeper({ artifacts, store }),
  }
}
