import { join } from 'node:path'
import type { Artifacts } from '../../engine/artifacts.js'
import type { Registry } from '../../engine/registry.js'
import { derivedFolder, derivedNames } from '../artifact/derived-pictures.js'
import type { OWNED_TABLES } from '../artifact-rights.js'
import { removeRecord } from '../records.js'
import type { Runs } from '../runs.js'
import type { ServerConfig } from '../server-config.js'
import { type Change, type Run, type Store, TABLES, type Tables } from '../store/store.js'
import { cacheKeysOf } from './cache-traces.js'
import { removeFile, statOf } from './stored-files.js'

/** What removing needs. */
export interface ReleaseParts {
  readonly config: Pick<ServerConfig, 'home'>
  readonly store: Store
  readonly artifacts: Artifacts
  readonly registry: Registry
  readonly runs: Pick<Runs, 'running'>
}

/** A row that is to go. */
export type OwnedRow = {
  [N in (typeof OWNED_TABLES)[number]]: { readonly table: N; readonly row: Tables[N] }
}[(typeof OWNED_TABLES)[number]]

/** Every artifact that some row keeps alive. */
export async function namedArtifacts(store: Store): Promise<Set<string>> {
  const named = new Set<string>()
  for (const table of TABLES)
    for (const { artifacts = [] } of await store.list(table)) for (const artifact of artifacts) named.add(artifact)
  return named
}

/**
 * The time before which a file must have been used last to be removed: what a run under way has made or met again is
 * named by its row only when it ends.
 */
export const safeBefore = (runs: Pick<Runs, 'running'>, now = Date.now()): number =>
  Math.min(now, ...runs.running().map(({ startedAt = 0 }) => startedAt))

/** Removes rows, and the files that nobody else names with all that was made of them. */
export async function removeRows(
  rows: readonly OwnedRow[],
  parts: ReleaseParts,
  before = safeBefore(parts.runs),
): Promise<void> {
  await parts.store.commit(rows.map(({ table, row }) => ({ table, remove: row.id }) as Change))
  for (const { table, row } of rows) if (table === 'runs') await forgetPlan(row, parts)
  const kept = await namedArtifacts(parts.store)
  const named = new Set(rows.flatMap(({ row }) => row.artifacts ?? []))
  await removeArtifacts(
    [...named].filter(artifact => !kept.has(artifact)),
    parts,
    before,
  )
}

/** The plan of an owner's last run of a name, which explains his next one, goes with the last run that had the name. */
async function forgetPlan({ owner, name }: Run, { store, config }: ReleaseParts): Promise<void> {
  if ((await store.count('runs', { owner, name })) === 0) await removeRecord(config.home, `${owner} ${name}`)
}

/**
 * Removes artifacts that no row names, last used before a time, with their thumbnails, and what the cache on disk
 * remembers of them: a run's document tells the keys of all that the run made of its files.
 */
export async function removeArtifacts(artifacts: readonly string[], parts: ReleaseParts, before: number) {
  for (const artifact of artifacts) {
    const path = parts.artifacts.path(artifact)
    const found = await statOf(path)
    if (!found || found.mtimeMs > before) continue
    if (artifact.endsWith('.json')) await forgetCached(artifact, parts)
    await removeFile(path)
    for (const name of derivedNames(artifact)) await removeFile(join(derivedFolder(parts.config.home), name))
  }
}

async function forgetCached(document: string, { artifacts, registry, config }: ReleaseParts): Promise<void> {
  const bytes = await artifacts.read(document).catch(() => new Uint8Array())
  for (const key of cacheKeysOf(bytes, registry)) await removeFile(join(config.home, 'cache', key))
}
