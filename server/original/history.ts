import type { Owner } from '../access/principal.js'
import { removeRows } from '../retention/release.js'
import Type, { type Static } from '../schema.js'
import type { Services } from '../services.js'
import type { Batch } from '../store/store.js'
import { readSlots, type Slot } from './batches.js'
import { hasEnded, isGeneration, resultOf } from './generation-run.js'
import { localTime } from './local-time.js'
import { GenerationParams } from './params.js'
import type { Urls } from './urls.js'

const TextOrNull = Type.Union([Type.String(), Type.Null()])

/** A batch that has ended with at least one picture. */
export const HistoryItem = Type.Object({
  id: Type.String(),
  title: TextOrNull,
  face_image_url: Type.String(),
  face_image_id: TextOrNull,
  reference_image_url: TextOrNull,
  reference_image_id: TextOrNull,
  result_urls: Type.Array(Type.String()),
  params: GenerationParams,
  count: Type.Union([Type.Integer(), Type.Null()]),
  parallel: Type.Boolean(),
  created_at: Type.String(),
  is_favorite: Type.Boolean(),
  actual_seeds: Type.Array(Type.Integer(), { description: 'Of the pictures in result_urls, in their order.' }),
})
export type HistoryItem = Static<typeof HistoryItem>

/** Which part of a history is asked for. */
export interface HistoryPage {
  readonly limit: number
  readonly offset: number
  readonly favourites: boolean
}

/** History is not kept but read from batches and runs, so that nothing of it is lost when the server ends in between. */
export async function readHistory(
  services: Services,
  urls: Urls,
  owner: Owner,
  { limit, offset, favourites }: HistoryPage,
): Promise<HistoryItem[]> {
  const where = { owner, ...(favourites ? { favourite: true } : {}) }
  const items: HistoryItem[] = []
  let skipped = 0
  for (const batch of await services.store.list('batches', { where })) {
    if (items.length === limit) break
    const slots = await readSlots(services, batch)
    if (!isItem(slots)) continue
    if (skipped++ >= offset) items.push(viewItem(batch, slots, urls))
  }
  return items
}

/** One item of an owner's history. */
export async function findItem(
  services: Services,
  owner: Owner,
  id: string,
): Promise<{ readonly batch: Batch; readonly slots: readonly Slot[] } | undefined> {
  const batch = await services.store.get('batches', id)
  if (!batch || batch.owner !== owner) return undefined
  const slots = await readSlots(services, batch)
  return isItem(slots) ? { batch, slots } : undefined
}

/** Removes batches with their runs, also with those that others took the place of, and the files that nobody else names. */
export async function removeBatches(services: Services, owner: Owner, batches: readonly Batch[]): Promise<void> {
  const ids = new Set(batches.map(({ id }) => id))
  const runs = await services.store.list('runs', { where: { owner, door: 'original' } })
  const theirs = runs.filter(run => isGeneration(run) && ids.has(run.memo.batch))
  const rows = [
    ...batches.map(row => ({ table: 'batches', row }) as const),
    ...theirs.map(row => ({ table: 'runs', row }) as const),
  ]
  await removeRows(rows, services)
}

/** Whether nothing of a batch is still to come. */
export const isDone = (slots: readonly Slot[]): boolean => slots.every(({ run }) => !run || hasEnded(run))

const isItem = (slots: readonly Slot[]) => isDone(slots) && slots.some(({ run }) => resultOf(run))

/** Tells of a batch as an item of the history. */
export function viewItem(batch: Batch, slots: readonly Slot[], urls: Urls): HistoryItem {
  const { id, owner, face, reference, artifacts: [faceFile, sceneFile] = [] } = batch
  const upload = (id: string, artifact: string | undefined) => urls.upload({ id, artifact: artifact ?? '.png', owner })
  const made = slots.flatMap(({ place, task, run }) => {
    const result = resultOf(run)
    return result ? [{ url: urls.result(place, result.artifact, owner), seed: task.seed }] : []
  })
  return {
    id,
    title: titleOf(batch),
    face_image_url: upload(face, faceFile),
    face_image_id: face,
    reference_image_url: reference === undefined ? null : upload(reference, sceneFile),
    reference_image_id: reference ?? null,
    result_urls: made.map(({ url }) => url),
    params: batch.params as GenerationParams,
    count: batch.tasks.length,
    parallel: batch.parallel,
    created_at: new Date(batch.createdAt).toISOString(),
    is_favorite: batch.favourite,
    actual_seeds: made.map(({ seed }) => seed),
  }
}

/** The one given, or the beginning of the prompt, or when it was. */
export function titleOf({ title, params, createdAt }: Pick<Batch, 'title' | 'params' | 'createdAt'>): string {
  const prompt = String(params.prompt ?? '')
  return (
    title || (prompt ? `${[...prompt].slice(0, 50).join('')}...` : localTime(createdAt).slice(0, 19).replace('T', ' '))
  )
}
