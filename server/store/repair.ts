import { constants } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../engine/errors.js'
import type { FileOperations } from './files.js'
import { storeFiles } from './generations.js'
import { type Found, Unreadable } from './recover.js'

/** Puts aside what is damaged but costs nothing, and what a killed process left half-written. */
export async function repair(
  folder: string,
  { torn, replaced }: Found,
  files: FileOperations,
  log: (message: string) => void,
): Promise<void> {
  for (const name of await files.readdir(folder))
    if (name.endsWith('.part')) await files.rm(join(folder, name), { force: true })
  for (const { file, message } of replaced) {
    await files.rename(join(folder, file), join(folder, `${file}.damaged`))
    log(`${join(folder, file)} is damaged (${message}); older files had all of it, and it is now ${file}.damaged.`)
  }
  if (!torn) return
  const aside = await copyAside(folder, torn, files)
  const handle = await files.open(join(folder, torn.file), 'r+')
  try {
    await handle.truncate(torn.at)
    await handle.sync()
  } finally {
    await handle.close()
  }
  log(
    `${join(folder, torn.file)} ended within a change that was being written, and which nobody was told is kept; the change is cut off, and ${aside} still has it.`,
  )
}

/** Says why a store cannot be opened, and what to do. @throws always */
export async function refuse(folder: string, fault: unknown, files: FileOperations): Promise<never> {
  const code = codeOf(fault instanceof Unreadable ? fault.cause : fault)
  const start = `The store in ${folder} cannot be opened`
  if (!(fault instanceof Unreadable) || (code && code !== 'ENOENT')) {
    const cure = 'Let this user read and write the folder and its files, or see to the disk, and start again.'
    throw new Error(`${start}: ${messageOf(fault)}. ${cure}`, { cause: fault })
  }
  const { file, at, message } = fault
  if (code) throw new Error(`${start}: ${file} is missing. ${RESTORE}.`, { cause: fault })
  // Without room for a copy, the damage is what is to be told.
  const copy = await copyAside(folder, fault, files).then(
    aside => `, and a copy of the file is kept as ${aside}`,
    () => '',
  )
  const newest = Math.max(...storeFiles(await files.readdir(folder)).map(({ generation }) => generation))
  const canBeCut = at > 0 && file === `${newest}.journal`
  const cut = `, or go on with what was kept before the damage: truncate -s ${at} '${join(folder, file)}'`
  throw new Error(
    `${start}: ${file} is damaged at byte ${at} (${message}). Nothing was changed${copy}. ${RESTORE}${canBeCut ? cut : ''}.`,
    { cause: fault },
  )
}

const RESTORE = 'Put a backup of the folder in its place, or move it away to begin with an empty store'
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException | undefined)?.code

/** Copies a damaged file, once for each damage: a server may be started many times on it. */
async function copyAside(folder: string, { file, at }: Unreadable, files: FileOperations): Promise<string> {
  const aside = `${file}.damaged-at-${at}`
  await files.copyFile(join(folder, file), join(folder, aside), constants.COPYFILE_EXCL).catch(error => {
    if (codeOf(error) !== 'EEXIST') throw error
  })
  return aside
}
