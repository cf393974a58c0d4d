import { join } from 'node:path'
import { isArtifactName } from '../../engine/artifacts.js'
import { derivedFolder } from '../artifact/derived-pictures.js'
import { artifactsFolder } from '../compose.js'
import type { ServerConfig } from '../server-config.js'
import { tooMuch, tooOld } from './expiry.js'
import { namedArtifacts, type ReleaseParts, removeArtifacts, removeRows, safeBefore } from './release.js'
import { removeFile, type StoredFile, storedFiles } from './stored-files.js'

/** What nobody names yet may be on its way: an upload whose row is being written, a result of a run that goes on. */
const GRACE_MS = 3_600_000
/** Of all thumbnails; they are made again when they are asked for. */
const DERIVED_BYTES = 256 << 20

export interface SweepParts extends ReleaseParts {
  readonly config: ServerConfig
}

/** Removes what is too old, what is too much, and the files that no row names. */
export async function sweep(parts: SweepParts, now = Date.now()): Promise<void> {
  const { config, store, runs, artifacts } = parts
  await removeRows(await tooOld(store, config, now), parts)
  await removeRows(await tooMuch(store, config.keepBytes, await sizesOf(parts), now), parts)
  const before = safeBefore(runs, now - GRACE_MS)
  const named = await namedArtifacts(store)
  const unnamed: string[] = []
  for await (const file of storedFiles(artifactsFolder(config))) {
    if (file.time > before) continue
    if (!isArtifactName(file.name)) await removeFile(file.path)
    else if (!named.has(file.name)) unnamed.push(file.name)
  }
  await removeArtifacts(unnamed, parts, before)
  await sweepDerived(join(derivedFolder(config.home)), artifacts.has, before)
}

async function sizesOf({ config }: SweepParts): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  if (config.keepBytes === 0) return sizes
  for await (const { name, bytes } of storedFiles(artifactsFolder(config))) sizes.set(name, bytes)
  return sizes
}

/** Those without a picture go, half-written ones, and beyond the limit those that were looked at the longest time ago. */
async function sweepDerived(folder: string, exists: (artifact: string) => boolean, before: number): Promise<void> {
  const kept: StoredFile[] = []
  for await (const file of storedFiles(folder)) {
    const [artifact = '', form = ''] = file.name.split('-')
    const isHalf = form.endsWith('.part') || file.name.endsWith('.part')
    if (isHalf ? file.time <= before : !exists(artifact)) await removeFile(file.path)
    else kept.push(file)
  }
  let total = kept.reduce((sum, { bytes }) => sum + bytes, 0)
  for (const { path, bytes } of kept.sort((a, b) => a.time - b.time)) {
    if (total <= DERIVED_BYTES) break
    await removeFile(path)
    total -= bytes
  }
}
