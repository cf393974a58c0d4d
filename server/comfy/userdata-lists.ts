import type { NamedFile } from '../store/store.js'
import { pathOf } from './place.js'

/** Those of a list that lie in a folder, however deep; '' is the root. */
export const folderEntries = (files: readonly NamedFile[], folder: string): readonly NamedFile[] =>
  files.filter(({ subfolder }) => folder === '' || subfolder === folder || subfolder.startsWith(`${folder}/`))

/** What is told of a file: bytes, and milliseconds since 1970. */
export const infoOf = ({ bytes, createdAt, updatedAt }: NamedFile) => ({
  size: bytes,
  modified: updatedAt,
  created: createdAt,
})

/** What a list of files is to look like. */
export interface ListForm {
  /** With what lies in folders inside. */
  readonly deep: boolean
  readonly full: boolean
  readonly split: boolean
}

/** The files in a folder, by their paths inside it. */
export function listing(files: readonly NamedFile[], folder: string, { deep, full, split }: ListForm): unknown[] {
  const shown = files.filter(({ subfolder }) => deep || subfolder === folder)
  return shown.map(file => {
    const path = within(file, folder)
    if (full) return { path, ...infoOf(file) }
    return split ? [path, ...path.split('/')] : path
  })
}

/** What lies right in a folder: folders first, then files, by name. */
export function folderListing(files: readonly NamedFile[], folder: string): unknown[] {
  const folders = new Set<string>()
  const shown: { name: string; path: string; type: 'file'; size: number; modified: number }[] = []
  for (const file of files) {
    const [name = '', ...rest] = within(file, folder).split('/')
    if (rest.length > 0) folders.add(name)
    else shown.push({ name, path: pathOf(file), type: 'file', size: file.bytes, modified: file.updatedAt })
  }
  const inFolder = (name: string) => ({ name, path: pathOf({ subfolder: folder, name }), type: 'directory' })
  return [...[...folders].sort().map(inFolder), ...shown.sort((a, b) => (a.name < b.name ? -1 : 1))]
}

const within = (file: NamedFile, folder: string): string =>
  folder === '' ? pathOf(file) : pathOf(file).slice(folder.length + 1)
