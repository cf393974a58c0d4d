import type { NamedFiles, Reader } from './named-files.js'
import { pathOf } from './place.js'

/** The paths of a reader's input files, as nodes that load pictures offer them. */
export const inputPaths = async (names: NamedFiles, reader: Reader): Promise<string[]> =>
  (await names.list(reader, 'input')).map(pathOf)
