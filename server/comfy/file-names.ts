import { checkFileName } from '../../nodes/output/saved-file.js'
import { type Folder, type Place, splitAnnotation } from './place.js'

/** A file as ComfyUI's clients name it. */
export type ComfyFile = Place & { readonly folder: Folder }

/** Reads 'name.png', 'sub/name.png' or 'name.png [output]'; nothing for what names no file inside the folder. */
export function parseFileName(text: string): ComfyFile | undefined {
  const { name: path, folder = 'input' } = splitAnnotation(text)
  const parts = path.replaceAll('\\', '/').split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..' || part.includes('\0'))) return undefined
  const name = parts.pop() as string
  return { folder, subfolder: parts.join('/'), name }
}

/** A file name prefix of ComfyUI's SaveImage, taken apart. */
export interface Prefix {
  readonly subfolder: string
  readonly name: string
}

/** Reads a prefix such as 'portraits/anna'; nothing if it leads out of the folder. */
export function parsePrefix(prefix: string): Prefix | undefined {
  const parts = prefix.replaceAll('\\', '/').split('/')
  if (parts[0] === '' && parts.length > 1) return undefined
  if (parts.some(part => part === '..')) return undefined
  const name = parts.pop() as string
  return { subfolder: parts.filter(part => part !== '' && part !== '.').join('/'), name: plainName(name) }
}

/** The name as our SaveImage takes it: what no file system bears is replaced. */
function plainName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  const plain = name.replace(/[\u0000-\u001f\u007f<>:"/\\|?*]/g, '_').slice(0, 120)
  try {
    checkFileName(plain)
    return plain
  } catch {
    const inner = plain.replace(/^[. ]+|[. ]+$/g, '')
    return inner === '' ? 'ComfyUI' : `_${inner}`.slice(0, 120).replace(/[. ]+$/, '')
  }
}
