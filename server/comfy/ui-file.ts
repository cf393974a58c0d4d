/** A slot of a node as ComfyUI's editor saves it. */
export interface FileInput {
  readonly name: string
  readonly type: string
  readonly link: number | null
  readonly widget?: { readonly name: string }
}

export interface FileOutput {
  readonly name: string
  readonly type: string
  readonly links: number[] | null
  readonly slot_index: number
}

/** A node as ComfyUI's editor saves it. */
export interface FileNode {
  readonly id: number
  readonly type: string
  readonly title?: string
  readonly pos: readonly [x: number, y: number]
  readonly size: readonly [width: number, height: number]
  readonly flags: Readonly<Record<string, unknown>>
  readonly order: number
  readonly mode: 0 | 2 | 4
  readonly inputs: readonly FileInput[]
  readonly outputs: readonly FileOutput[]
  readonly properties: Readonly<Record<string, unknown>>
  readonly widgets_values: readonly unknown[]
}

/** A link as format 1.0 and all subgraphs have it; format 0.4 has the same in a list. */
export interface FileLink {
  readonly id: number
  readonly origin_id: number
  readonly origin_slot: number
  readonly target_id: number
  readonly target_slot: number
  readonly type: string
}

export interface FileBoundary {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly linkIds: readonly number[]
}

/** A subgraph as ComfyUI's editor saves it. */
export interface FileSubgraph {
  readonly id: string
  readonly version: 1
  readonly revision: number
  readonly name: string
  readonly state: Readonly<Record<'lastGroupId' | 'lastNodeId' | 'lastLinkId' | 'lastRerouteId', number>>
  readonly config: Readonly<Record<string, unknown>>
  readonly inputNode: { readonly id: -10; readonly bounding: readonly number[] }
  readonly outputNode: { readonly id: -20; readonly bounding: readonly number[] }
  readonly inputs: readonly FileBoundary[]
  readonly outputs: readonly FileBoundary[]
  readonly widgets: readonly unknown[]
  readonly nodes: readonly FileNode[]
  readonly groups: readonly unknown[]
  readonly links: readonly FileLink[]
  readonly extra: Readonly<Record<string, unknown>>
}

/** A file of ComfyUI's editor, format 0.4. */
export interface UiFile {
  readonly id: string
  readonly revision: number
  readonly last_node_id: number
  readonly last_link_id: number
  readonly nodes: readonly FileNode[]
  readonly links: readonly (readonly [
    id: number,
    origin: number,
    originSlot: number,
    target: number,
    targetSlot: number,
    type: string,
  ])[]
  readonly groups: readonly unknown[]
  readonly definitions?: { readonly subgraphs: readonly FileSubgraph[] }
  readonly config: Readonly<Record<string, unknown>>
  readonly extra: Readonly<Record<string, unknown>>
  readonly version: 0.4
}
