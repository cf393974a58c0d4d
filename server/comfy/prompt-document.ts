import type { Artifacts } from '../../engine/artifacts.js'

/** A prompt as a client sent it: what the queue, the history and the files that come of it show. Kept as an artifact. */
export interface PromptDocument {
  /** The API prompt: ComfyUI's nodes by id. */
  readonly prompt: Readonly<Record<string, unknown>>
  /** Without secrets, and without what differs from one sending of the same prompt to the next. */
  readonly extra: Readonly<Record<string, unknown>>
  readonly outputs: readonly string[]
}

/** Keeps and reads prompts. */
export interface PromptDocuments {
  keep(document: PromptDocument): Promise<string>
  /** Nothing if the file is gone. */
  read(artifact: string): Promise<PromptDocument | undefined>
}

/** Bytes of prompts that stay in memory, as JSON: lists show many runs of few prompts, and each picture has one. */
const REMEMBERED_BYTES = 16 << 20

/** Opens the prompts; those that were read last stay in memory. */
export function openPromptDocuments(artifacts: Artifacts): PromptDocuments {
  const remembered = new Map<string, { readonly document: PromptDocument; readonly bytes: number }>()
  let total = 0
  const remember = (artifact: string, document: PromptDocument, bytes: number) => {
    total += bytes - (remembered.get(artifact)?.bytes ?? 0)
    remembered.delete(artifact)
    remembered.set(artifact, { document, bytes })
    for (const [oldest, { bytes }] of remembered) {
      if (total <= REMEMBERED_BYTES) break
      remembered.delete(oldest)
      total -= bytes
    }
  }
  return {
    keep: document => artifacts.put(Buffer.from(JSON.stringify(document)), 'json'),
    read: async artifact => {
      const known = remembered.get(artifact)
      if (known) {
        remember(artifact, known.document, known.bytes)
        return known.document
      }
      if (!artifacts.has(artifact)) return undefined
      const bytes = await artifacts.read(artifact)
      const document: PromptDocument = JSON.parse(Buffer.from(bytes).toString('utf8'))
      remember(artifact, document, bytes.length)
      return document
    },
  }
}

/** The texts that ComfyUI writes into a picture: the prompt, and each entry of `extra_pnginfo` such as the workflow. */
export function stampOf({ prompt, extra }: PromptDocument): Record<string, string> {
  const info = extra.extra_pnginfo
  const entries = typeof info === 'object' && info !== null ? Object.entries(info) : []
  const texts = entries
    .filter(([key]) => /^[\w .-]{1,79}$/.test(key))
    .map(([key, value]) => [key, JSON.stringify(value)])
  return { ...Object.fromEntries(texts), prompt: JSON.stringify(prompt) }
}
