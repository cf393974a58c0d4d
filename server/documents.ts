import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { packageRoot } from '../engine/root.js'
import { suggest } from '../engine/suggest.js'
import { parseWorkflow, type Workflow } from '../engine/workflow.js'
import { readStamp } from '../nodes/image/metadata.js'
import { BadArguments } from './exit.js'

/** A workflow and where it came from. */
export interface Document {
  readonly workflow: Workflow
  readonly name: string
  /** File names inside the workflow are relative to this folder. */
  readonly folder: string
}

const SHIPPED = join(packageRoot(), 'workflows')

/** The names of the workflows that come with the program. */
export const shippedWorkflows = (): string[] =>
  readdirSync(SHIPPED)
    .filter(file => file.endsWith('.json'))
    .map(file => basename(file, '.json'))

/**
 * Reads a workflow: a shipped one by its name, a JSON file, or a picture that carries one.
 * @throws when there is none, and InvalidWorkflow when it has not the form of one.
 */
export async function readDocument(reference: string): Promise<Document> {
  if (shippedWorkflows().includes(reference)) return readFrom(join(SHIPPED, `${reference}.json`))
  return readFrom(resolve(reference))
}

async function readFrom(file: string): Promise<Document> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'EISDIR') throw error
    const name = basename(file)
    throw new BadArguments(
      `There is no workflow "${name}"; give a JSON file, a picture that carries a workflow, or a shipped one.${suggest(name, shippedWorkflows())}`,
    )
  })
  const place = { name: basename(file).replace(/\.[^.]+$/, ''), folder: dirname(file) }
  if (/\.(png|jpe?g|webp)$/i.test(file)) return { ...place, workflow: parseWorkflow(carried(bytes, file)) }
  return { ...place, workflow: parseWorkflow(bytes.toString('utf8')) }
}

function carried(bytes: Uint8Array, file: string): string {
  const { workflow } = readStamp(bytes)
  if (workflow !== undefined) return workflow
  throw new BadArguments(`The picture ${basename(file)} carries no workflow; give the JSON file it was made with.`)
}
