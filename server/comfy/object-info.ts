import type { Registry } from '../../engine/registry.js'
import { type ComfyInput, type ComfyNode, comfyNodes } from './comfy-names.js'
import { type InputSpec, inputSpec } from './input-spec.js'

type Group = 'required' | 'optional'

/** A node in ComfyUI's /object_info, in the form of its V1 nodes: what is absent is left out, never null. */
export interface ObjectInfo {
  readonly input: Readonly<Partial<Record<Group, Readonly<Record<string, InputSpec>>>>>
  readonly input_order: Readonly<Partial<Record<Group, readonly string[]>>>
  readonly output: readonly (string | readonly string[])[]
  readonly output_is_list: readonly boolean[]
  readonly output_name: readonly string[]
  readonly output_tooltips?: readonly string[]
  readonly name: string
  readonly display_name: string
  readonly description: string
  readonly python_module: string
  readonly category: string
  readonly output_node: boolean
}

/** What the answers depend on besides the nodes. */
export interface InfoSurroundings {
  /** The names of the caller's input files. */
  readonly inputFiles?: readonly string[]
  readonly log?: (message: string) => void
}

/** The nodes as ComfyUI's /object_info tells them; one that cannot be told is left out. */
export function objectInfo(registry: Registry, surroundings: InfoSurroundings = {}): Record<string, ObjectInfo> {
  const { log = () => {} } = surroundings
  const infos: [string, ObjectInfo][] = []
  for (const type of registry.types) {
    try {
      const info = objectInfoOf(type, registry, surroundings)
      if (info) infos.push([type, info])
    } catch (error) {
      log(`Node ${type} is left out of /object_info: ${error instanceof Error ? error.message : error}`)
    }
  }
  return Object.fromEntries(infos)
}

/** One node of /object_info; nothing if there is none of that type. */
export function objectInfoOf(
  type: string,
  registry: Registry,
  { inputFiles = [] }: InfoSurroundings = {},
): ObjectInfo | undefined {
  const node = comfyNodes(registry)(type)
  return node && infoOf(node, registry.origin(type), inputFiles)
}

function infoOf({ definition, inputs, outputs }: ComfyNode, origin: string, files: readonly string[]): ObjectInfo {
  const groups = (['required', 'optional'] as const).flatMap(group => {
    const members = inputs.filter(({ required }) => required === (group === 'required'))
    return members.length > 0 || group === 'required' ? [{ group, members }] : []
  })
  const specs = (members: readonly ComfyInput[]) =>
    Object.fromEntries(members.map(input => [input.name, inputSpec(input, files)]))
  const tooltips = outputs.map(({ port }) => port.hint ?? '')
  return {
    input: Object.fromEntries(groups.map(({ group, members }) => [group, specs(members)])),
    input_order: Object.fromEntries(groups.map(({ group, members }) => [group, members.map(({ name }) => name)])),
    output: outputs.map(({ port, type }) => (port.type === 'CHOICE' ? (port.choices ?? []) : type)),
    output_is_list: outputs.map(({ port }) => port.list === true),
    output_name: outputs.map(({ name }) => name),
    ...(tooltips.some(tip => tip !== '') ? { output_tooltips: tooltips } : {}),
    name: definition.type,
    display_name: displayName(definition.type),
    description: definition.description,
    python_module: origin === '' ? 'nodes' : `custom_nodes.${origin.replace(/@[^@]*$/, '')}`,
    category: definition.category,
    output_node: definition.sink === true,
  }
}

/** 'FaceParse' → 'Face Parse'; a plugin's name is left out. */
export const displayName = (type: string): string =>
  type
    .slice(type.lastIndexOf('/') + 1)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
