import { own } from '../../engine/own.js'
import { isLink, type WorkflowNode } from '../../engine/workflow.js'
import type { ComfyInput } from './comfy-names.js'
import { type Ends, isComponent } from './component-ends.js'
import { hasWidget } from './input-spec.js'
import { COPY, type WrittenCopy } from './ui-copy.js'
import type { FileInput, FileLink, FileNode, FileOutput } from './ui-file.js'
import type { Placed } from './ui-layout.js'
import { gatheredSlots } from './ui-links.js'
import { positional, UPLOAD_BUTTON, type Widget, widgetsOf } from './ui-widgets.js'

/** Where a node of a graph is written. */
export interface NodePlace extends Placed {
  readonly number: number
  readonly order: number
  readonly ends: Ends
  /** The editor's name of the type: a class, or the id of a subgraph. */
  readonly type: string
}

/** The slots that links go to, by 'node/slot'. */
export interface Wiring {
  readonly into: ReadonlyMap<string, number>
  readonly outOf: ReadonlyMap<string, readonly number[]>
}

/** Sorts links by the slots at their ends. */
export function wiringOf(links: readonly FileLink[]): Wiring {
  const into = new Map<string, number>()
  const outOf = new Map<string, number[]>()
  for (const { id, origin_id, origin_slot, target_id, target_slot } of links) {
    into.set(`${target_id}/${target_slot}`, id)
    const out = outOf.get(`${origin_id}/${origin_slot}`)
    if (out) out.push(id)
    else outOf.set(`${origin_id}/${origin_slot}`, [id])
  }
  return { into, outOf }
}

/** One node of ours as ComfyUI's editor saves it. */
export function fileNode(id: string, node: WorkflowNode, place: NodePlace, wiring: Wiring): FileNode {
  const { number, order, ends, type, pos, size } = place
  const gathered = gatheredSlots(node).map(({ slot, input }) => {
    const end = ends.inputs.find(({ ours }) => ours === input)
    return { name: slot.replace(input, end?.name ?? input), type: end?.type ?? '*' }
  })
  const slots = [...ends.inputs.map(slotOf), ...gathered]
  const { widgets_values, copy } = widgetsFile(id, node, ends.inputs)
  return {
    id: number,
    type,
    ...(id === String(number) ? {} : { title: id }),
    pos,
    size,
    flags: {},
    order,
    mode: node.mute ? 2 : node.bypass ? 4 : 0,
    inputs: slots.map((slot, at): FileInput => ({ ...slot, link: wiring.into.get(`${number}/${at}`) ?? null })),
    outputs: ends.outputs.map(({ name, type }, slot): FileOutput => {
      return { name, type, links: [...(wiring.outOf.get(`${number}/${slot}`) ?? [])], slot_index: slot }
    }),
    properties: { ...(isComponent(node.type) ? {} : { 'Node name for S&R': node.type }), [COPY]: copy },
    widgets_values,
  }
}

const slotOf = (input: ComfyInput) => ({
  name: input.name,
  type: input.type,
  ...(hasWidget(input) ? { widget: { name: input.name } } : {}),
})

function widgetsFile(id: string, node: WorkflowNode, inputs: readonly ComfyInput[]) {
  const literalOf = ({ ours }: ComfyInput) => {
    const value = own(node.inputs, ours)
    return isLink(value) || (Array.isArray(value) && value.some(isLink)) ? undefined : value
  }
  const widgets: readonly Widget[] = isComponent(node.type)
    ? inputs.filter(hasWidget).map(input => ({ kind: 'value', input }))
    : widgetsOf(inputs)
  const written = widgets.map((widget): [string, unknown] => {
    if (widget.kind === 'control') return ['', 'fixed']
    if (widget.kind === 'upload') return ['', UPLOAD_BUTTON]
    return [widget.input.name, positional(widget.input.port, literalOf(widget.input) ?? widget.input.unwritten)]
  })
  const values = inputs.flatMap(input => {
    const value = literalOf(input)
    return value === undefined ? [] : [[input.name, value] as const]
  })
  const copy: WrittenCopy = { id, values: Object.fromEntries(values), widgets: written }
  return { widgets_values: written.map(([, value]) => value), copy }
}
