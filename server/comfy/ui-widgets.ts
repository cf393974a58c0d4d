import { own } from '../../engine/own.js'
import type { Port } from '../../engine/port.js'
import type { ComfyInput, ComfyNode } from './comfy-names.js'
import { hasControl, hasWidget } from './input-spec.js'
import { namedCopy } from './ui-copy.js'
import type { UiNode } from './ui-document.js'

/** What ComfyUI's editor writes for the button that uploads a picture. */
export const UPLOAD_BUTTON = 'image'

const CONTROLS = new Set<unknown>(['fixed', 'increment', 'decrement', 'randomize', 'increment-wrap'])

/** One entry of `widgets_values`: a named value, or a widget that belongs to the editor alone. */
export type Widget =
  | { readonly kind: 'value'; readonly input: ComfyInput }
  | { readonly kind: 'control' }
  | { readonly kind: 'upload' }

/** The widgets of a node in the editor's order. */
export const widgetsOf = (inputs: readonly ComfyInput[]): readonly Widget[] =>
  inputs
    .filter(hasWidget)
    .flatMap(input => [
      { kind: 'value', input } as const,
      ...(hasControl(input) ? [{ kind: 'control' } as const] : []),
      ...(input.port.upload ? [{ kind: 'upload' } as const] : []),
    ])

/** What a position holds for a value: the editor's fields hold one value, and always one. */
export const positional = (port: Port, value: unknown): unknown =>
  (Array.isArray(value) ? value[0] : value) ?? standIn(port)

function standIn(port: Port): unknown {
  if (port.default !== undefined) return port.default
  if (port.type === 'INT' || port.type === 'FLOAT') return port.min ?? 0
  if (port.type === 'TOGGLE') return false
  return port.choices?.[0] ?? ''
}

/** The values of a node's widgets by name, read from their positions with the definition's help. */
export function widgetValues(node: UiNode, known: ComfyNode | undefined): ReadonlyMap<string, unknown> {
  const { widgets } = node
  if (!isList(widgets)) return present(Object.entries(widgets))
  const copied = namedCopy(node)?.read(widgets)
  if (copied) return copied
  return present(known ? byDefinition(widgets, known.inputs) : bySlots(node, widgets))
}

const isList = (widgets: UiNode['widgets']): widgets is readonly unknown[] => Array.isArray(widgets)

const present = (entries: readonly (readonly [string, unknown])[]): ReadonlyMap<string, unknown> =>
  new Map(entries.filter(([, value]) => value !== undefined && value !== null))

/** Files older than a control or button lack its entry, so it is passed over only where it is. */
function byDefinition(positions: readonly unknown[], inputs: readonly ComfyInput[]): [string, unknown][] {
  const named: [string, unknown][] = []
  let at = 0
  for (const widget of widgetsOf(inputs)) {
    if (widget.kind === 'value') named.push([widget.input.name, positions[at++]])
    else if (widget.kind === 'control' ? CONTROLS.has(positions[at]) : positions[at] === UPLOAD_BUTTON) at++
  }
  return named
}

/** Without a definition the slots that belong to widgets tell the order, if no other widget has an entry. */
function bySlots({ inputs }: UiNode, positions: readonly unknown[]): [string, unknown][] {
  const names = inputs.filter(({ isWidget }) => isWidget).map(({ name }) => name)
  return names.length === positions.length ? names.map((name, index) => [name, positions[index]]) : []
}

/** The value of a node of the editor's own that holds one. */
export const primitiveValue = ({ widgets }: UiNode): unknown => (isList(widgets) ? widgets[0] : own(widgets, 'value'))

/** The value at a position, or of that name where they are named. */
export const widgetAt = ({ widgets }: UiNode, index: number, name: string): unknown =>
  isList(widgets) ? widgets[index] : own(widgets, name)
