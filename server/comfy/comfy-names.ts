import type { NodeDefinition } from '../../engine/node.js'
import { own } from '../../engine/own.js'
import type { Port } from '../../engine/port.js'
import type { Registry } from '../../engine/registry.js'

/** An input as ComfyUI knows it. */
export interface ComfyInput {
  readonly name: string
  /** What our definition calls it. */
  readonly ours: string
  /** 'STRING', 'COMBO', 'IMAGE', … */
  readonly type: string
  /** Our port, with ComfyUI's default where that differs. */
  readonly port: Port
  readonly required: boolean
  /** Where ComfyUI wants a value written, and ours may leave it out: what is meant then. */
  readonly unwritten?: unknown
}

/** An output as ComfyUI knows it; its place in the list is its slot. */
export interface ComfyOutput {
  readonly name: string
  readonly ours: string
  readonly type: string
  readonly port: Port
}

/** A node as ComfyUI knows it: the one description from which /object_info, prompts and widgets are made. */
export interface ComfyNode {
  readonly definition: NodeDefinition
  /** Required ones first, each group in the definition's order: the order of slots and widgets. */
  readonly inputs: readonly ComfyInput[]
  readonly outputs: readonly ComfyOutput[]
}

/** Answers nodes by type; each is described once. */
export type ComfyNodes = (type: string) => ComfyNode | undefined

interface Names {
  readonly inputs?: Readonly<Record<string, string>>
  readonly outputs?: Readonly<Record<string, string>>
  /** Defaults of ComfyUI's; such an input is required, as it is there. */
  readonly defaults?: Readonly<Record<string, unknown>>
  readonly hints?: Readonly<Record<string, string>>
}

/** The nodes that every ComfyUI workflow knows, by the names that it knows them by. */
const WELL_KNOWN: Readonly<Record<string, Names>> = {
  LoadImage: { outputs: { image: 'IMAGE', mask: 'MASK' } },
  SaveImage: {
    inputs: { image: 'images', name: 'filename_prefix' },
    defaults: { name: 'ComfyUI' },
    hints: { name: 'What the file names begin with; a slash puts the files into a folder' },
  },
  PreviewImage: { inputs: { image: 'images' } },
}

const TYPES: Readonly<Record<string, string>> = { TEXT: 'STRING', TOGGLE: 'BOOLEAN', CHOICE: 'COMBO' }

/** ComfyUI's name of one of our port types. */
export const comfyType = (port: Port): string => (port.upload ? 'COMBO' : (own(TYPES, port.type) ?? port.type))

/** Describes the nodes of a registry in ComfyUI's terms. */
export function comfyNodes(registry: Registry): ComfyNodes {
  const known = new Map<string, ComfyNode>()
  return type => {
    const definition = registry.get(type)
    if (!definition) return undefined
    const node = known.get(type) ?? describe(definition)
    known.set(type, node)
    return node
  }
}

function describe(definition: NodeDefinition): ComfyNode {
  const names = own(WELL_KNOWN, definition.type)
  const inputs = Object.entries(definition.inputs).map(([ours, port]) => comfyInput(ours, port, names))
  const outputs = Object.entries(definition.outputs).map(([ours, port]) => ({
    name: own(names?.outputs, ours) ?? ours,
    ours,
    type: comfyType(port),
    port,
  }))
  const required = inputs.filter(input => input.required)
  return { definition, inputs: [...required, ...inputs.filter(input => !input.required)], outputs }
}

function comfyInput(ours: string, port: Port, names: Names | undefined): ComfyInput {
  const standard = own(names?.defaults, ours)
  const hint = own(names?.hints, ours)
  return {
    name: own(names?.inputs, ours) ?? ours,
    ours,
    type: comfyType(port),
    port: {
      ...port,
      ...(standard === undefined ? {} : { default: standard }),
      ...(hint === undefined ? {} : { hint }),
    },
    // ComfyUI never fills in what is required, so what our engine fills in is optional there.
    required: standard !== undefined || (port.default === undefined && !port.optional),
    ...(standard === undefined ? {} : { unwritten: port.default }),
  }
}
