import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { type Artifacts, isArtifactName } from '../engine/artifacts.js'
import { show } from '../engine/check.js'
import type { Registry } from '../engine/registry.js'
import type { Component, Input, Workflow, WorkflowNode } from '../engine/workflow.js'
import { sniffFormat } from '../nodes/image/sniff.js'

/** A file that a run was given. */
export interface TakenFile {
  readonly node: string
  readonly input: string
  /** The file's own name, without its folder. */
  readonly file: string
  readonly artifact: string
}

/**
 * Takes the files that a workflow names into the artifacts and puts the artifacts' names in their place, so that a
 * step's key follows from the file's content and a plan is the same on every machine.
 * @param folder what file names are relative to; without it, only artifacts are taken.
 * @throws when a file cannot be read.
 */
export async function takeFiles(
  workflow: Workflow,
  registry: Registry,
  artifacts: Artifacts,
  folder: string | undefined,
): Promise<{ workflow: Workflow; taken: TakenFile[] }> {
  const taken: TakenFile[] = []
  const take = async (node: string, input: string, value: string) => {
    if (value === '') return value
    if (isArtifactName(value)) {
      taken.push({ node, input, file: value, artifact: kept(artifacts, node, input, value) })
      return value
    }
    if (folder === undefined)
      throw new Error(`Input "${input}" of node "${node}" must name a file that was uploaded, got ${show(value)}.`)
    const bytes = await readFile(resolve(folder, value)).catch((error: NodeJS.ErrnoException) => {
      throw new Error(`Input "${input}" of node "${node}" names the file ${value}, which ${trouble(error)}.`)
    })
    const artifact = await artifacts.put(bytes, extensionOf(bytes))
    taken.push({ node, input, file: basename(value), artifact })
    return artifact
  }
  const takeAll = async (nodes: Readonly<Record<string, WorkflowNode>>) => {
    const changed: Record<string, WorkflowNode> = {}
    for (const [id, node] of Object.entries(nodes)) {
      const inputs: Record<string, Input> = { ...node.inputs }
      for (const [name, port] of Object.entries(registry.get(node.type)?.inputs ?? {})) {
        const value = inputs[name]
        if (!port.upload || value === undefined) continue
        if (typeof value === 'string') inputs[name] = await take(id, name, value)
        else if (isTexts(value)) inputs[name] = await Promise.all(value.map(item => take(id, name, item)))
      }
      changed[id] = { ...node, inputs }
    }
    return changed
  }
  const nodes = await takeAll(workflow.nodes)
  const components: Record<string, Component> = {}
  for (const [name, component] of Object.entries(workflow.components ?? {})) {
    components[name] = { ...component, nodes: await takeAll(component.nodes) }
  }
  const changed: Workflow = { ...workflow, nodes, ...(workflow.components ? { components } : {}) }
  return { workflow: changed, taken }
}

/** @throws when a workflow names an artifact that was made in another store, as one inside a shared picture may. */
function kept(artifacts: Artifacts, node: string, input: string, name: string): string {
  if (artifacts.has(name)) return name
  throw new Error(
    `Input "${input}" of node "${node}" names the file ${name.slice(0, 12)}…, which is not on this machine; give it again, as a parameter or with --set.`,
  )
}

const isTexts = (value: Input): value is readonly string[] =>
  Array.isArray(value) && value.every(item => typeof item === 'string')

function trouble({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'does not exist; check its path'
  if (code === 'EISDIR') return 'is a folder; name a picture in it'
  if (code === 'EACCES') return 'may not be read; check its permissions'
  return `cannot be read (${message})`
}

/** By content, because the same bytes must get the same name whatever the file was called. */
function extensionOf(bytes: Uint8Array): string {
  const format = sniffFormat(bytes) ?? 'bin'
  return format === 'jpeg' ? 'jpg' : format
}
