import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { createRegistry } from '../engine/registry.js'
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
 * Reads a workflow: a shipped one by its name, a JSON file, or a picture that carries one; of ours or of ComfyUI.
 * @throws when there is none, and InvalidWorkflow when it has not the form of one.
 */
export async function readDocument(reference: string): Promise<Document> {
  if (shippedWorkflows().includes(reference)) return readShipped(reference)
  const file = resolve(reference)
  const bytes = await read(file)
  const text = /\.(png|jpe?g|webp)$/i.test(file) ? carried(bytes, file) : bytes.toString('utf8')
  // Loaded when a file comes from outside: the names of ComfyUI's slots follow from the nodes.
  const { readComfyDocument } = await import('./comfy/read-document.js')
  const { pack } = await import('../nodes/index.js')
  return { ...placeOf(file), workflow: readComfyDocument(text, createRegistry([pack])).workflow }
}

/** Reads one of `shippedWorkflows`. */
export async function readShipped(name: string): Promise<Document> {
  const file = join(SHIPPED, `${name}.json`)
  return { ...placeOf(file), workflow: parseWorkflow(String(await read(file))) }
}

const placeOf = (file: string) => ({ name: basename(file).replace(/\.[^.]+$/, ''), folder: dirname(file) })

const read = (file: string): Promise<Buffer> =>
  readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'EISDIR') throw error
    const name = basename(file)
    throw new BadArguments(
      `There is no workflow "${name}"; give a JSON file, a picture that carries a workflow, or a shipped one.${suggest(name, shippedWorkflows())}`,
    )
  })

function carried(bytes: Uint8Array, file: string): string {
  const { workflow, prompt } = readStamp(bytes)
  const text = workflow ?? prompt
  if (text !== undefined) return text
  throw new BadArguments(`The picture ${basename(file)} carries no workflow; give the JSON file it was made with.`)
}
