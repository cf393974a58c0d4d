import { Refusal } from '../http/refusal.js'
import type { NamedFile } from '../store/store.js'

/** Where ComfyUI's clients think a file lies. It is a key of the table `names`, never a path. */
export interface Place {
  readonly folder: NamedFile['folder']
  /** Slashes between the parts, none at the ends; '' for the folder itself. */
  readonly subfolder: string
  readonly name: string
}

const FOLDERS = ['input', 'output', 'temp'] as const
export type Folder = (typeof FOLDERS)[number]

/** @throws Refusal 400 for a folder that ComfyUI does not have. */
export function folderOf(text: string): Folder {
  const folder = FOLDERS.find(name => name === text)
  if (folder) return folder
  throw new Refusal(400, 'invalid-type', `"type" must be input, output or temp, got ${quoted(text)}.`)
}

/** Takes ` [input]`, ` [output]` or ` [temp]` from the end of a name; it says which folder is meant. */
export function splitAnnotation(text: string): { name: string; folder?: Folder } {
  const [, name = text, folder] = /^(.*?) ?\[(input|output|temp)\]$/s.exec(text) ?? []
  return folder === undefined ? { name } : { name, folder: folder as Folder }
}

/** @throws Refusal 403 for a subfolder that would lead out of its folder. */
export function subfolderOf(text: string): string {
  const parts = text.replaceAll('\\', '/').split('/')
  const isAbsolute = parts.length > 1 && (parts[0] === '' || /^[a-z]:$/i.test(parts[0] ?? ''))
  if (isAbsolute || parts.includes('..'))
    throw new Refusal(403, 'forbidden-subfolder', `The subfolder ${quoted(text)} leads out of its folder.`)
  return parts
    .filter(part => part !== '' && part !== '.')
    .join('/')
    .normalize()
}

/** What may follow the last slash of a name. @throws Refusal 400 */
export function fileNameOf(text: string): string {
  const name = text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1).normalize()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (name !== '' && name !== '.' && name !== '..' && name.length <= 255 && !/[\u0000-\u001f\u007f]/.test(name))
    return name
  throw new Refusal(
    400,
    'invalid-filename',
    `${quoted(text)} cannot be the name of a file; give a plain one such as "face.png".`,
  )
}

/** The place that a path inside a folder means: 'clipspace/a.png' is 'a.png' in the subfolder 'clipspace'. */
export function placeOf(folder: Place['folder'], path: string): Place {
  const slash = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))
  const subfolder = slash < 0 ? '' : subfolderOf(path.slice(0, slash))
  return { folder, subfolder, name: fileNameOf(path) }
}

/** The path inside its folder. */
export const pathOf = ({ subfolder, name }: Pick<Place, 'subfolder' | 'name'>): string =>
  subfolder === '' ? name : `${subfolder}/${name}`

const quoted = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
