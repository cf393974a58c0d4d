import type { Request } from 'express'
import type { Owner } from './access/principal.js'
import type { Upload } from './store/store.js'

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
  /**
   * Keeps a picture: known by its content whatever it is called, decodable, of bearable size, and without the place
   * and device that its metadata tell (orientation and colour profile stay).
   * @throws Refusal 400 when it is no picture, 413 when it has too many pixels.
   */
  keep(file: ReceivedFile, owner: Owner): Promise<Upload>
}
