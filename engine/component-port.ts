import { own } from './own.js'
import type { Port } from './port.js'
import type { Registry } from './registry.js'
import type { Component, Workflow } from './workflow.js'

/** The prefix of a node type that names a component of the same document. */
export const COMPONENT = 'component/'

/** Which ends of a node are meant. */
export type Side = 'inputs' | 'outputs'

/** The port behind a name of a node type; a component's port is that of the inner node it leads to. */
export function findPort(
  workflow: Workflow,
  registry: Registry,
  type: string,
  side: Side,
  name: string,
): Port | undefined {
  let at = { type, port: name }
  // Counted, for a component may contain itself: a bypassed one is never expanded, so nothing has refused it.
  for (let depth = Object.keys(workflow.components ?? {}).length; depth >= 0; depth--) {
    if (!at.type.startsWith(COMPONENT)) return own(registry.get(at.type)?.[side], at.port)
    const component = componentOf(workflow, at.type)
    const end = component && innerEnd(component, side, at.port)
    const inner = end && own(component.nodes, end.node)
    if (!inner) return undefined
    at = { type: inner.type, port: end.port }
  }
  return undefined
}

/** The component that a node type names, if the workflow has it. */
export const componentOf = ({ components }: Pick<Workflow, 'components'>, type: string): Component | undefined =>
  type.startsWith(COMPONENT) ? own(components, type.slice(COMPONENT.length)) : undefined

function innerEnd(
  { inputs, outputs }: Component,
  side: Side,
  name: string,
): { node: string; port: string } | undefined {
  if (side === 'outputs') {
    const link = own(outputs, name)
    return link && { node: link.node, port: link.output }
  }
  const target = own(inputs, name)?.[0]
  return target && { node: target.node, port: target.input }
}
