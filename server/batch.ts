import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { glob } from 'tinyglobby'
import { BadArguments } from './exit.js'

const PICTURES = '*.{png,jpg,jpeg,webp,tif,tiff,avif,gif,PNG,JPG,JPEG,WEBP}'

/**
 * The files that one flag stands for: itself, the pictures in a folder, or what a pattern matches, in order of name.
 * @throws BadArguments when a folder or pattern has none.
 */
export async function filesOf(text: string): Promise<string[]> {
  const status = statSync(text, { throwIfNoEntry: false })
  if (status?.isFile() || (!status && !/[*?{[]/.test(text))) return [resolve(text)]
  const patterns = status ? { patterns: PICTURES, cwd: text } : { patterns: text }
  const found = (await glob({ ...patterns, absolute: true, onlyFiles: true })).sort()
  if (found.length === 0)
    throw new BadArguments(`There is no picture in ${text}; name a file, a folder of pictures, or a pattern.`)
  return found
}

/** Every way to choose one value from each list: the runs of a batch. */
export function combinations<T>(lists: Readonly<Record<string, readonly T[]>>): Record<string, T>[] {
  return Object.entries(lists).reduce<Record<string, T>[]>(
    (chosen, [name, values]) => chosen.flatMap(one => values.map(value => ({ ...one, [name]: value }))),
    [{}],
  )
}

/** What tells the results of one run of a batch from another's: the names of the files that vary. */
export const batchPrefix = (
  lists: Readonly<Record<string, readonly string[]>>,
  chosen: Readonly<Record<string, string>>,
): string =>
  Object.entries(lists)
    .filter(([, values]) => values.length > 1)
    .map(([name]) => `${basename(chosen[name] ?? '').replace(/\.[^.]+$/, '')}-`)
    .join('')
