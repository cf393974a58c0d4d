import { isLink, type WorkflowNode } from '../../engine/workflow.js'

/** Pixels from one column of nodes to the next, and the room that a node and each of its slots take. */
const COLUMN = 360
const HEAD = 90
const SLOT = 26
const WIDTH = 300

/** Where a node lies on the canvas. */
export interface Placed {
  readonly pos: readonly [x: number, y: number]
  readonly size: readonly [width: number, height: number]
}

/** Places nodes in columns from left to right, each right of what it needs. `slots`: how many rows a node has. */
export function layOut(
  nodes: Readonly<Record<string, WorkflowNode>>,
  slots: (id: string) => number,
): ReadonlyMap<string, Placed> {
  const placed = new Map<string, Placed>()
  const heights: number[] = []
  for (const [id, column] of columnsOf(nodes)) {
    const height = HEAD + SLOT * slots(id)
    const y = heights[column] ?? 0
    heights[column] = y + height + SLOT
    placed.set(id, { pos: [column * COLUMN, y], size: [WIDTH, height] })
  }
  return placed
}

/** The column of each node, counted without recursion; what is on a cycle comes last, in no particular one. */
function columnsOf(nodes: Readonly<Record<string, WorkflowNode>>): ReadonlyMap<string, number> {
  const below = new Map<string, string[]>()
  const waits = new Map<string, number>()
  for (const [id, { inputs = {} }] of Object.entries(nodes)) {
    const links = Object.values(inputs).flatMap(input => (Array.isArray(input) ? input : [input]).filter(isLink))
    const known = links.filter(link => Object.hasOwn(nodes, link.node))
    waits.set(id, known.length)
    for (const { node } of known) {
      const list = below.get(node)
      if (list) list.push(id)
      else below.set(node, [id])
    }
  }
  const columns = new Map<string, number>()
  for (const [id, count] of waits) if (count === 0) columns.set(id, 0)
  const farthest = new Map<string, number>()
  // A map is walked in the order of insertion, and this walk meets what it adds.
  for (const [id, column] of columns) {
    for (const next of below.get(id) ?? []) {
      farthest.set(next, Math.max(farthest.get(next) ?? 0, column + 1))
      const left = (waits.get(next) ?? 0) - 1
      waits.set(next, left)
      if (left === 0) columns.set(next, farthest.get(next) ?? 0)
    }
  }
  for (const id of Object.keys(nodes)) if (!columns.has(id)) columns.set(id, 0)
  return columns
}
