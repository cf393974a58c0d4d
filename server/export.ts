import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Artifacts, writeSynced, writeWhole } from '../engine/artifacts.js'
import type { Workflow } from '../engine/workflow.js'
import { stampImage } from '../nodes/image/metadata.js'
import type { SavedFile } from '../nodes/output/saved-file.js'
import type { Report } from './report.js'

/** Where a run's results were put. */
export interface Exported {
  readonly files: readonly string[]
  readonly report: string
}

/**
 * Puts the results of a run into a folder under their own names, each carrying the workflow that made it, and the
 * report beside them. Nothing that is there already is written over.
 * @throws when the folder cannot be written; no half-written file is left.
 */
export async function exportResults(
  { report, workflow }: { report: Report; workflow: Workflow },
  artifacts: Artifacts,
  folder: string,
  prefix: string,
): Promise<Exported> {
  await mkdir(folder, { recursive: true })
  const files: string[] = []
  for (const saved of Object.values(report.results).flatMap(savedFiles)) {
    if (saved.preview) continue
    const bytes = stamped(await artifacts.read(saved.artifact), workflow)
    files.push(await writeNew(folder, prefix + saved.name, extensionOf(saved.artifact), bytes))
  }
  const [first] = files
  const text = Buffer.from(
    `${JSON.stringify({ ...report, files: files.map(file => relative(folder, file)) }, null, 2)}\n`,
  )
  // Beside a result lies the report of its last run; without one, reports are all there is, and none is written over.
  if (first === undefined)
    return { files, report: await writeNew(folder, `${prefix}${report.workflow.name}.report`, 'json', text) }
  const beside = first.replace(/\.[^.]+$/, '.report.json')
  await writeWhole(beside, temporary => writeSynced(temporary, text))
  return { files, report: beside }
}

/** The picture with its workflow inside, or as it is where its format has no room for one so long (JPEG: 64 kB). */
function stamped(bytes: Uint8Array, workflow: Workflow): Uint8Array {
  try {
    return stampImage(bytes, { workflow: JSON.stringify(workflow) })
  } catch {
    return bytes
  }
}

const extensionOf = (artifact: string) => artifact.slice(artifact.lastIndexOf('.') + 1)

/** The files among what one sink answered. */
export const savedFiles = (outputs: Readonly<Record<string, unknown>>): SavedFile[] =>
  Object.values(outputs).flat().filter(isSaved)

const isSaved = (value: unknown): value is SavedFile =>
  typeof value === 'object' && value !== null && 'artifact' in value && 'name' in value

/** The first free name of 'a.png', 'a-2.png', …; or the one that has these very bytes. */
async function writeNew(folder: string, name: string, extension: string, bytes: Uint8Array): Promise<string> {
  for (let number = 1; ; number++) {
    const file = join(folder, `${name}${number === 1 ? '' : `-${number}`}.${extension}`)
    if (existsSync(file)) {
      if (Buffer.compare(await readFile(file), bytes) === 0) return file
      continue
    }
    await writeWhole(file, temporary => writeSynced(temporary, bytes))
    return file
  }
}
