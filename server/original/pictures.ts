import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../engine/root.js'
import { mayReach, type Principal } from '../access/principal.js'
import type { Services } from '../services.js'
import type { Upload } from '../store/store.js'
import type { Pictures } from './recipe.js'

/** The scene of those who bring none. */
const BACKGROUND = join(packageRoot(), 'workflows', 'demo', 'reference.png')

/** Finds the pictures that a request names by their ids; they are keys of a table, and no path is made of them. */
export async function findPictures(
  services: Services,
  { who, face, reference }: { readonly who: Principal; readonly face: string; readonly reference?: string | undefined },
): Promise<{ readonly pictures?: Pictures; readonly reference?: string }> {
  const faceUpload = await findUpload(services, who, face)
  if (!faceUpload) return {}
  const scene = reference === undefined ? undefined : await findUpload(services, who, reference)
  const artifact = scene?.artifact ?? (await services.artifacts.put(await readFile(BACKGROUND), 'png'))
  return {
    pictures: { face: faceUpload.artifact, reference: artifact },
    ...(scene ? { reference: scene.id } : {}),
  }
}

/** An upload that somebody may reach and whose file is there. */
export async function findUpload(
  { store, artifacts }: Services,
  who: Principal,
  id: string,
): Promise<Upload | undefined> {
  const upload = await store.get('uploads', id)
  return upload && mayReach(who, upload.owner) && artifacts.has(upload.artifact) ? upload : undefined
}
