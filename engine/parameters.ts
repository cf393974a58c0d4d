import { findPort } from './component-port.js'
import { InvalidWorkflow, type Issue } from './errors.js'
import { own } from './own.js'
import type { Port } from './port.js'
import type { Registry } from './registry.js'
import { suggest } from './suggest.js'
import type { Input, Parameter, Workflow, WorkflowNode } from './workflow.js'

/** A public input of a workflow, with the port that says what it takes. */
export interface OpenParameter extends Parameter {
  readonly name: string
  readonly port: Port
  /** What the document holds; absent if a value must be given. */
  readonly value?: Input
}

/**
 * The workflow's public inputs, in the document's order.
 * @throws InvalidWorkflow when a parameter points to no input.
 */
export function openParameters(workflow: Workflow, registry: Registry): OpenParameter[] {
  const issues: Issue[] = []
  const open = Object.entries(workflow.parameters ?? {}).flatMap(([name, parameter]) => {
    const ports = parameter.targets.map(({ node, input }) => {
      const type = own(workflow.nodes, node)?.type
      return type === undefined ? undefined : findPort(workflow, registry, type, 'inputs', input)
    })
    const lost = parameter.targets[ports.indexOf(undefined)]
    if (lost) issues.push(noTarget(name, lost.node, lost.input))
    const [first] = parameter.targets
    const [port] = ports
    if (!first || !port) return []
    const value = own(own(workflow.nodes, first.node)?.inputs, first.input) ?? (port.default as Input | undefined)
    return [{ ...parameter, name, port, ...(value === undefined ? {} : { value }) }]
  })
  if (issues.length > 0) throw new InvalidWorkflow(issues)
  return open
}

const noTarget = (parameter: string, node: string, input: string): Issue => ({
  code: 'unknown-parameter',
  node,
  input,
  message: `Parameter "${parameter}" sets input "${input}" of node "${node}", which the workflow does not have; correct its target.`,
})

/**
 * The workflow with values put in the places that its parameters name; without values, the very same one.
 * @throws InvalidWorkflow for names that it does not have.
 */
export function bindParameters(workflow: Workflow, values: Readonly<Record<string, Input>>): Workflow {
  const entries = Object.entries(values)
  if (entries.length === 0) return workflow
  const nodes: Record<string, WorkflowNode> = { ...workflow.nodes }
  const issues: Issue[] = []
  for (const [name, value] of entries) {
    const parameter = own(workflow.parameters, name)
    if (!parameter) {
      const message = `The workflow has no parameter "${name}".${suggest(name, Object.keys(workflow.parameters ?? {}))}`
      issues.push({ code: 'unknown-parameter', message })
    }
    for (const { node, input } of parameter?.targets ?? []) {
      const target = own(nodes, node)
      if (target) nodes[node] = { ...target, inputs: { ...target.inputs, [input]: value } }
    }
  }
  if (issues.length > 0) throw new InvalidWorkflow(issues)
  return { ...workflow, nodes }
}
