import { COMPONENT, componentOf, findPort } from '../../engine/component-port.js'
import { port } from '../../engine/port.js'
import type { Registry } from '../../engine/registry.js'
import type { Workflow } from '../../engine/workflow.js'
import { type ComfyInput, type ComfyNodes, type ComfyOutput, comfyNodes, comfyType } from './comfy-names.js'

/** The slots of a node type. */
export interface Ends {
  readonly inputs: readonly ComfyInput[]
  readonly outputs: readonly ComfyOutput[]
}

/** The prefix of a node type that names a component. */
export const COMPONENT_TYPE = COMPONENT

/** Answers the slots of a node type; nothing if it is not known. */
export type EndsOf = (type: string) => Ends | undefined

/** Answers the slots of node types and of a workflow's components alike. */
export function endsOf(workflow: Workflow, registry: Registry, nodes: ComfyNodes = comfyNodes(registry)): EndsOf {
  return type => (isComponent(type) ? componentEnds(type, workflow, registry) : nodes(type))
}

/** Whether a node type names a component. */
export const isComponent = (type: string): boolean => type.startsWith(COMPONENT)

function componentEnds(type: string, workflow: Workflow, registry: Registry): Ends | undefined {
  const component = componentOf(workflow, type)
  if (!component) return undefined
  const inputs = Object.keys(component.inputs ?? {}).map(name => {
    const inner = findPort(workflow, registry, type, 'inputs', name) ?? port('*')
    // What the outer node leaves open, the inner one has.
    return { name, ours: name, type: comfyType(inner), port: inner, required: false }
  })
  const outputs = Object.keys(component.outputs).map(name => {
    const inner = findPort(workflow, registry, type, 'outputs', name) ?? port('*')
    return { name, ours: name, type: comfyType(inner), port: inner }
  })
  return { inputs, outputs }
}
