import type { Issue } from '../../engine/errors.js'
import { own } from '../../engine/own.js'
import { type Component, type Input, isLink, type Link, type WorkflowNode } from '../../engine/workflow.js'
import type { EndsOf } from './component-ends.js'
import type { FileLink } from './ui-file.js'

export type Nodes = Readonly<Record<string, WorkflowNode>>

/** The border of a subgraph: what leads in and out. */
export type Border = Pick<Component, 'inputs' | 'outputs'>

export const INPUT_ID = -10
export const OUTPUT_ID = -20

/** The numbers that the editor knows nodes by: a node that is called by a number has that. */
export function numbersOf(nodes: Nodes): ReadonlyMap<string, number> {
  const isNumber = (id: string) => /^[1-9]\d{0,8}$/.test(id)
  const ids = Object.keys(nodes)
  let last = ids.filter(isNumber).reduce((last, id) => Math.max(last, Number(id)), 0)
  return new Map(ids.map(id => [id, isNumber(id) ? Number(id) : ++last]))
}

/** The names of the slots that a node has besides those of its definition, for lists of links. */
export const gatheredSlots = ({ inputs = {} }: WorkflowNode): readonly { input: string; slot: string; link: Link }[] =>
  Object.entries(inputs).flatMap(([input, value]) =>
    Array.isArray(value) ? value.filter(isLink).map((link, index) => ({ input, slot: `${input}.${index}`, link })) : [],
  )

/** All links of a graph by slots, those over its border included. What leads nowhere is added to the issues. */
export function fileLinks(nodes: Nodes, border: Border | undefined, ends: EndsOf, issues: Issue[]): FileLink[] {
  const numbers = numbersOf(nodes)
  const links: FileLink[] = []
  const add = (link: Omit<FileLink, 'id'>) => void links.push({ id: links.length + 1, ...link })
  const originOf = (link: Link, place: Omit<Issue, 'code' | 'message'> & { readonly text: string }) => {
    const type = own(nodes, link.node)?.type
    const outputs = type === undefined ? [] : (ends(type)?.outputs ?? [])
    const origin_slot = outputs.findIndex(({ ours }) => ours === link.output)
    const origin_id = numbers.get(link.node)
    if (origin_id !== undefined && origin_slot >= 0) {
      return { origin_id, origin_slot, type: outputs[origin_slot]?.type ?? '*' }
    }
    const { text, ...where } = place
    const message = `${text} is linked to "${link.node}.${link.output}", which the workflow does not have.`
    issues.push({ code: type === undefined ? 'dangling-link' : 'unknown-output', ...where, message })
    return undefined
  }
  const fed = new Set(Object.values(border?.inputs ?? {}).flatMap(targets => targets.map(keyOf)))
  for (const [id, node] of Object.entries(nodes)) {
    const inputs = ends(node.type)?.inputs ?? []
    const target_id = numbers.get(id) ?? 0
    const link = (from: Link, input: string, target_slot: number) => {
      const origin = originOf(from, { node: id, input, text: `Input "${input}" of node "${id}"` })
      if (origin) add({ ...origin, target_id, target_slot })
    }
    inputs.forEach(({ ours }, slot) => {
      const value = own(node.inputs, ours)
      if (isLink(value) && !fed.has(keyOf({ node: id, input: ours }))) link(value, ours, slot)
      else if (isMixed(value)) issues.push(mixed(id, ours))
    })
    for (const [index, { input, link: from }] of gatheredSlots(node).entries()) link(from, input, inputs.length + index)
  }
  Object.values(border?.inputs ?? {}).forEach((targets, origin_slot) => {
    for (const target of targets) {
      const inputs = ends(own(nodes, target.node)?.type ?? '')?.inputs ?? []
      const target_slot = inputs.findIndex(({ ours }) => ours === target.input)
      const target_id = numbers.get(target.node)
      if (target_id === undefined || target_slot < 0) continue
      add({ origin_id: INPUT_ID, origin_slot, target_id, target_slot, type: inputs[target_slot]?.type ?? '*' })
    }
  })
  Object.entries(border?.outputs ?? {}).forEach(([name, from], target_slot) => {
    const origin = originOf(from, { text: `Output "${name}" of a component` })
    if (origin) add({ ...origin, target_id: OUTPUT_ID, target_slot })
  })
  return links
}

const keyOf = ({ node, input }: { node: string; input: string }) => `${node}\n${input}`

const isMixed = (value: Input | undefined) => Array.isArray(value) && value.some(isLink) && !value.every(isLink)

const mixed = (node: string, input: string): Issue => ({
  code: 'wrong-type',
  node,
  input,
  message: `Input "${input}" of node "${node}" mixes links and written values in one list; link a Text or Number node instead of the value.`,
})
