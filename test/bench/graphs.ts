import type { Workflow, WorkflowNode } from '../../engine/index.js'

/** The shapes that the engine is measured on; every one has exactly `nodes` nodes, and `node(place)` names one of them. */
export interface Shape {
  readonly name: string
  build(nodes: number): Workflow
}

/** A node's literal changed, as a user does between two runs. */
export const withLiteral = (workflow: Workflow, node: string, input: string, value: number): Workflow => {
  const changed = workflow.nodes[node] as WorkflowNode
  return {
    ...workflow,
    nodes: { ...workflow.nodes, [node]: { ...changed, inputs: { ...changed.inputs, [input]: value } } },
  }
}

const link = (node: string, output: string) => ({ node, output })

/** `0 → 1 → 2 → … → n−1`, the last one a sink. */
export const chain: Shape = {
  name: 'chain',
  build: nodes => {
    const built: Record<string, WorkflowNode> = { n0: { type: 'Count', inputs: { value: 0 } } }
    for (let n = 1; n < nodes - 1; n++) {
      built[`n${n}`] = { type: 'Add', inputs: { a: link(`n${n - 1}`, n === 1 ? 'value' : 'sum'), b: 1 } }
    }
    built[`n${nodes - 1}`] = { type: 'Keep', inputs: { value: link(`n${nodes - 2}`, 'sum') } }
    return { version: 1, nodes: built }
  },
}

/** One source, n−2 nodes that read it, one sink that gathers them all. */
export const fan: Shape = {
  name: 'fan-out',
  build: nodes => {
    const built: Record<string, WorkflowNode> = { n0: { type: 'Count', inputs: { value: 0 } } }
    for (let n = 1; n < nodes - 1; n++) built[`n${n}`] = { type: 'Add', inputs: { a: link('n0', 'value'), b: n } }
    const all = Array.from({ length: nodes - 2 }, (_, n) => link(`n${n + 1}`, 'sum'))
    built[`n${nodes - 1}`] = { type: 'KeepAll', inputs: { values: all } }
    return { version: 1, nodes: built }
  },
}
