import { port } from '../../engine/port.js'
import type { SavedFormat } from '../image/encode.js'

/** A result: the artifact that holds it, and the name it goes by outside. */
export interface SavedFile {
  readonly artifact: string
  /** File name without folder and extension. */
  readonly name: string
  readonly format: SavedFormat
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** Made to be looked at on the way, not to be kept. */
  readonly preview?: true
}

export const savedFile = (hint?: string) => port<SavedFile>('FILE', hint ? { hint } : {})

/** The extension of a format's files. */
export const extensionOf = (format: SavedFormat): string => (format === 'jpeg' ? 'jpg' : format)

// Windows keeps the devices' names and ends names at dots and blanks; a name must work wherever the result is taken.
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const FORBIDDEN = /[\u0000-\u001f\u007f<>:"/\\|?*]/

/** @throws for a name that is not a plain file name on every system. */
export function checkFileName(name: string): void {
  const bad = FORBIDDEN.exec(name)?.[0]
  const fault =
    name === ''
      ? 'it is empty'
      : name.length > 120
        ? `it has ${name.length} characters of 120`
        : bad !== undefined
          ? `it contains ${JSON.stringify(bad)}`
          : /^[. ]|[. ]$/.test(name)
            ? 'it begins or ends with a dot or a blank'
            : DEVICE.test(name)
              ? 'Windows keeps it for a device'
              : undefined
  if (fault)
    throw new Error(
      `The file name ${JSON.stringify(name.slice(0, 80))} cannot be used: ${fault}. Give a plain name such as "portrait".`,
    )
}
