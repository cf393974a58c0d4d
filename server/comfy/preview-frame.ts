import type { Preview } from '../../engine/node.js'

/** ComfyUI's numbers of binary messages: PREVIEW_IMAGE and PREVIEW_IMAGE_WITH_METADATA. */
const PLAIN = 1
const WITH_METADATA = 4

/** ComfyUI knows two kinds of picture; browsers and Pillow find out by content what a WebP under the first one is. */
const KIND: Readonly<Record<Preview['mime'], 1 | 2>> = { 'image/jpeg': 1, 'image/png': 2, 'image/webp': 1 }

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

/** The same for clients that did not say they know it: uint32 1, uint32 1 (JPEG) or 2 (PNG), the picture. */
export function plainPreviewFrame({ mime, bytes }: Preview): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(PLAIN, 0)
  head.writeUInt32BE(KIND[mime], 4)
  return Buffer.concat([head, bytes])
}
