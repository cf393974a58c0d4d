import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CatalogueEntry, EmbeddedId } from './catalogue.js'
import { catalogueEntry } from './catalogue.js'

/** Where `collect` puts the embedded models: beside the compiled code, so that they travel with it in the package. */
export const weightsFolder = join(dirname(fileURLToPath(import.meta.url)), 'weights')

/** The name of an embedded model's file in the weights folder. */
export const weightsFile = (entry: CatalogueEntry) => `${entry.id}.${entry.format === 'data' ? 'bin' : entry.format}`

/** SHA-256 of some bytes, lower-case hexadecimal. */
export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/**
 * The bytes of a model that ships with the program, proved to be the ones the catalogue describes.
 * @throws when the file is missing or a byte of it differs.
 */
export async function readEmbedded(id: EmbeddedId, folder = weightsFolder): Promise<Uint8Array> {
  const entry = catalogueEntry(id)
  const file = join(folder, weightsFile(entry))
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(
      `The file of model "${id}" could not be read (${cause.code}): ${file}. Run \`npm run build\`, which copies it there, or install the package anew.`,
      { cause },
    )
  })
  refuseOtherBytes(entry, bytes, file, 'Run `npm run build` to copy it anew, or install the package anew.')
  return bytes
}

/**
 * Refuses bytes that are not the ones the catalogue pins.
 * @throws a sentence that names the file, what was wanted, what came and the cure.
 */
export function refuseOtherBytes(entry: CatalogueEntry, bytes: Uint8Array, file: string, cure: string): void {
  const got = sha256(bytes)
  if (got === entry.sha256) return
  throw new Error(
    `Model "${entry.id}" must be ${entry.bytes} bytes with SHA-256 ${entry.sha256}, got ${bytes.length} bytes with SHA-256 ${got} from ${file}. ${cure}`,
  )
}
