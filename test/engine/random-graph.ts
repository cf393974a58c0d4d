import fc from 'fast-check'
import type { Workflow, WorkflowNode } from '../../engine/index.js'
import { from, graph, node } from './harness.js'

/** A sum in a random graph: the earlier nodes that it reads, by number, and what it adds. */
export interface Part {
  readonly reads: readonly number[]
  readonly adds: number
}

/** Random graphs without cycles: each part reads only earlier ones. */
export const parts = (maxLength = 30): fc.Arbitrary<Part[]> =>
  fc
    .array(fc.record({ reads: fc.array(fc.nat(), { maxLength: 4 }), adds: fc.integer({ min: -9, max: 9 }) }), {
      minLength: 1,
      maxLength,
    })
    .map(all =>
      all.map(({ reads, adds }, number) => ({ reads: number === 0 ? [] : reads.map(read => read % number), adds })),
    )

/**
 * Each part as two nodes, 'tN' (Total of what it reads) and 'nN' (Add), and a sink 'kN' for each; `name` gives the ids.
 * Parts that read nothing begin at `adds`.
 */
export function workflowOf(all: readonly Part[], name: (id: string) => string = id => id): Workflow {
  const nodes: Record<string, WorkflowNode> = {}
  for (const [number, { reads, adds }] of all.entries()) {
    const links = reads.map(read => from(name(`n${read}`), 'sum'))
    if (reads.length > 0) nodes[name(`t${number}`)] = node('Total', { of: links })
    nodes[name(`n${number}`)] = node('Add', { a: reads.length > 0 ? from(name(`t${number}`), 'sum') : 0, b: adds })
    nodes[name(`k${number}`)] = node('Keep', { value: from(name(`n${number}`), 'sum') })
  }
  return graph(nodes)
}

/** What each part comes to, computed without an engine. */
export function sumsOf(all: readonly Part[]): number[] {
  const sums: number[] = []
  for (const { reads, adds } of all) sums.push(reads.reduce((sum, read) => sum + (sums[read] as number), adds))
  return sums
}
