import * as fs from 'node:fs/promises'
import { basename } from 'node:path'
import type { FileOperations } from '../../../server/store/files.js'
import type { Files } from './small-store.js'

const NAMES = ['copyFile', 'mkdir', 'open', 'readdir', 'readFile', 'rename', 'rm', 'stat'] as const
const OF_HANDLES = ['appendFile', 'datasync', 'sync', 'truncate'] as const

/** An operation on a file or folder. */
interface Operation {
  readonly name: string
  readonly path: string
  readonly args: readonly unknown[]
  act(): Promise<unknown>
}

/** The real disk, with something around every operation. */
function diskWith(around: (operation: Operation) => Promise<unknown>): FileOperations {
  const wrap = <T>(target: T, names: readonly (keyof T & string)[], path?: string) =>
    Object.fromEntries(
      names.map(name => [
        name,
        (...args: unknown[]) => {
          const act = () => (target[name] as (...args: unknown[]) => Promise<unknown>).apply(target, args)
          return around({ name, path: path ?? String(args[0]), args, act })
        },
      ]),
    )
  const files = wrap(fs as FileOperations, NAMES)
  const open = async (...args: Parameters<typeof fs.open>) => {
    const handle = (await files.open!(...args)) as fs.FileHandle
    return { ...wrap(handle, OF_HANDLES, String(args[0])), close: () => handle.close() }
  }
  return { ...files, open } as unknown as FileOperations
}

/** A disk that fails at the operation of a number, or from it on, until it is healed; a failed write is half made. */
export function failingDisk(at: number, code: string, { forGood = false } = {}) {
  const disk = {
    operations: 0,
    isHealed: false,
    files: diskWith(async ({ name, path, args, act }) => {
      disk.operations += 1
      if (disk.isHealed || (forGood ? disk.operations < at : disk.operations !== at)) return act()
      const bytes = args[0] as Buffer
      if (name === 'appendFile') await fs.appendFile(path, bytes.subarray(0, bytes.length / 2))
      throw Object.assign(new Error(`${code}: on purpose, ${name}`), { code })
    }),
  }
  return disk
}

/** The content of a file: what it is, and what a power cut leaves of it for certain. */
interface Content {
  now: Buffer
  synced: Buffer
}

/**
 * A disk that forgets at a power cut what was not synced: content of files by `sync` and `datasync` of the file, names
 * by `sync` of the folder. `onOperation` is called after each with all that a cut at that moment may leave.
 */
export function powerCutDisk(onOperation: (leftovers: readonly Files[]) => void): FileOperations {
  const names = new Map<string, Content>()
  let syncedNames = new Map<string, Content>()
  return diskWith(async ({ name, path, args, act }) => {
    const result = await act()
    const file = basename(path)
    const content = names.get(file)
    if (name === 'open' && args[1] !== 'r' && (!content || args[1] === 'w'))
      names.set(file, { now: Buffer.alloc(0), synced: Buffer.alloc(0) })
    if (name === 'rm') names.delete(file)
    if (name === 'rename' && content) {
      names.delete(file)
      names.set(basename(String(args[1])), content)
    }
    if (name === 'sync' && !content) syncedNames = new Map(names)
    if (name === 'appendFile') content!.now = Buffer.concat([content!.now, args[0] as Buffer])
    if (name === 'truncate') content!.now = content!.now.subarray(0, args[0] as number)
    if (name.endsWith('sync') && content) content.synced = content.now
    onOperation([syncedNames, names].flatMap(leftovers))
    return result
  })
}

/** Of what is not synced, a cut leaves nothing, the first half, the second half, or all. */
function leftovers(names: ReadonlyMap<string, Content>): Files[] {
  const half = ({ now, synced }: Content) => Math.min(now.length, Math.ceil((now.length + synced.length) / 2))
  const cuts: ((content: Content) => Buffer)[] = [
    ({ synced }) => synced,
    content => content.now.subarray(0, half(content)),
    content => Buffer.from(content.now).fill(0, Math.min(content.synced.length, content.now.length), half(content)),
    ({ now }) => now,
  ]
  return cuts.map(cut => Object.fromEntries([...names].map(([name, content]) => [name, cut(content)])))
}
