import type { Preview } from '../../engine/node.js'

/** ComfyUI's PREVIEW_IMAGE_WITH_METADATA. */
const WITH_METADATA = 4

/** A picture of the work of a run's node. */
export interface NodePreview {
  readonly run: string
  readonly node: string
  readonly preview: Preview
}

/** The binary message for a preview: uint32 4, uint32 length of the metadata, the metadata as JSON, the picture; big-endian. */
export function previewFrame({ run, node, preview }: NodePreview): Buffer {
  const metadata = Buffer.from(
    JSON.stringify({
      node_id: node,
      prompt_id: run,
      display_node_id: node,
      parent_node_id: null,
      real_node_id: node,
      image_type: preview.mime,
    }),
  )
  const head = Buffer.alloc(8)
  head.writeUInt32BE(WITH_METADATA, 0)
  head.writeUInt32BE(metadata.length, 4)
  return Buffer.concat([head, metadata, preview.bytes])
}
