import { own } from '../../engine/own.js'
import { isRecord } from './prompt.js'
import type { UiNode } from './ui-document.js'

/** Where our copy lies among a node's properties, which ComfyUI's editor keeps as they are. */
export const COPY = 'portrait'

/**
 * What our export writes of a node besides what ComfyUI's form holds: its own id, its values by name, and what each
 * position of `widgets_values` was written with ('' names a widget of the editor's own).
 */
export interface WrittenCopy {
  readonly id?: string
  readonly values: Readonly<Record<string, unknown>>
  readonly widgets: readonly (readonly [name: string, written: unknown])[]
}

/** The copy, as it is read back. */
export interface NamedCopy {
  readonly id?: string
  /** The values by name, where positions that have been edited since win; nothing if they are not those of the copy. */
  read(positions: readonly unknown[]): ReadonlyMap<string, unknown> | undefined
}

/** The copy that our export wrote of a node, if it did. */
export function namedCopy({ properties }: UiNode): NamedCopy | undefined {
  const copy = own(properties, COPY)
  if (!isRecord(copy)) return undefined
  const id = own(copy, 'id')
  const values = own(copy, 'values')
  const widgets = own(copy, 'widgets')
  return {
    ...(typeof id === 'string' ? { id } : {}),
    read: positions => {
      if (!isRecord(values) || !Array.isArray(widgets) || widgets.length !== positions.length) return undefined
      const read = new Map(Object.entries(values))
      for (const [index, widget] of widgets.entries()) {
        const [name, written] = Array.isArray(widget) ? widget : []
        if (typeof name !== 'string' || name === '' || positions[index] === written) continue
        read.set(name, positions[index])
      }
      return read
    },
  }
}
