/** A slot as tests write it: name, type, the link, and whether it belongs to a widget. */
type Slot = readonly [name: string, type: string, link?: number | null, isWidget?: 'widget']

interface NodeParts {
  readonly inputs?: readonly Slot[]
  readonly outputs?: readonly (readonly [name: string, type: string])[]
  readonly widgets?: readonly unknown[] | Readonly<Record<string, unknown>>
  readonly mode?: 0 | 1 | 2 | 3 | 4
  readonly title?: string
  readonly properties?: Readonly<Record<string, unknown>>
}

/** A node as ComfyUI's editor saves it. */
export const uiNode = (id: number | string, type: string, parts: NodeParts = {}) => ({
  id,
  type,
  pos: [100, 200],
  size: { 0: 315, 1: 58 },
  flags: {},
  order: 0,
  mode: parts.mode ?? 0,
  inputs: (parts.inputs ?? []).map(([name, type, link = null, widget]) => ({
    name,
    type,
    link,
    ...(widget ? { widget: { name } } : {}),
  })),
  outputs: (parts.outputs ?? []).map(([name, type], slot_index) => ({ name, type, links: [], slot_index })),
  properties: { 'Node name for S&R': type, ...parts.properties },
  ...(parts.widgets ? { widgets_values: parts.widgets } : {}),
  ...(parts.title ? { title: parts.title } : {}),
})

/** id, origin, its slot, target, its slot, type. */
export type UiLinkRow = readonly [number, number, number, number, number, string]

const asObject = ([id, origin_id, origin_slot, target_id, target_slot, type]: UiLinkRow) => ({
  id,
  origin_id,
  origin_slot,
  target_id,
  target_slot,
  type,
})

/** A file of format 0.4. */
export const file04 = (nodes: readonly object[], links: readonly UiLinkRow[], more: object = {}) => ({
  id: '5ad0f6a5-7a0b-4ba3-a3b2-b5f7ed1d9d6a',
  revision: 0,
  last_node_id: 99,
  last_link_id: 99,
  nodes,
  links,
  groups: [{ id: 1, title: 'Group', bounding: [0, 0, 10, 10], color: '#3f789e', font_size: 24, flags: {} }],
  config: {},
  extra: { ds: { scale: 1, offset: [0, 0] }, frontendVersion: '1.28.8' },
  version: 0.4,
  ...more,
})

/** The same of format 1.0, where links are objects and native reroutes have a list. */
export const file10 = (nodes: readonly object[], links: readonly UiLinkRow[], more: object = {}) => ({
  id: '5ad0f6a5-7a0b-4ba3-a3b2-b5f7ed1d9d6a',
  version: 1,
  config: {},
  state: { lastGroupId: 0, lastNodeId: 99, lastLinkId: 99, lastRerouteId: 2 },
  groups: [],
  nodes,
  links: links.map((link, index) => (index === 0 ? { ...asObject(link), parentId: 2 } : asObject(link))),
  reroutes: [
    { id: 1, pos: [5, 5], linkIds: [1] },
    { id: 2, parentId: 1, pos: [6, 6], linkIds: [1] },
  ],
  extra: {},
  ...more,
})

/** A subgraph's definition. */
export const subgraph = (
  id: string,
  ends: { inputs?: readonly (readonly [string, string])[]; outputs?: readonly (readonly [string, string])[] },
  nodes: readonly object[],
  links: readonly UiLinkRow[],
  more: object = {},
) => ({
  id,
  version: 1,
  revision: 0,
  name: `Subgraph ${id}`,
  state: { lastGroupId: 0, lastNodeId: 9, lastLinkId: 9, lastRerouteId: 0 },
  config: {},
  inputNode: { id: -10, bounding: [0, 0, 120, 60] },
  outputNode: { id: -20, bounding: [900, 0, 120, 60] },
  inputs: (ends.inputs ?? []).map(([name, type], slot) => ({ id: `${id}-in-${slot}`, name, type, linkIds: [] })),
  outputs: (ends.outputs ?? []).map(([name, type], slot) => ({ id: `${id}-out-${slot}`, name, type, linkIds: [] })),
  widgets: [],
  nodes,
  groups: [],
  links: links.map(asObject),
  extra: {},
  ...more,
})

/** LoadImage as ComfyUI's editor saves it. */
export const load = (id: number, parts: NodeParts = {}) =>
  uiNode(id, 'LoadImage', {
    inputs: [
      ['image', 'COMBO', null, 'widget'],
      ['upload', 'IMAGEUPLOAD', null, 'widget'],
    ],
    outputs: [
      ['IMAGE', 'IMAGE'],
      ['MASK', 'MASK'],
    ],
    widgets: ['photo.png', 'image'],
    ...parts,
  })

/** SaveImage as ComfyUI's editor saves it. */
export const save = (id: number, link: number | null, parts: NodeParts = {}) =>
  uiNode(id, 'SaveImage', {
    inputs: [
      ['images', 'IMAGE', link],
      ['filename_prefix', 'STRING', null, 'widget'],
    ],
    widgets: ['ComfyUI'],
    ...parts,
  })
