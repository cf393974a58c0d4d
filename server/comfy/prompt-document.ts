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

/** Lists show many runs of few prompts. */
const REMEMBERED = 256

/** Opens the prompts; those that were read last stay in memory. */
export function openPromptDocuments(artifacts: Artifacts): PromptDocuments {
  const remembered = new Map<string, Promise<PromptDocument | undefined>>()
  const load = async (artifact: string): Promise<PromptDocument | undefined> => {
    if (!artifacts.has(artifact)) return undefined
    return JSON.parse(Buffer.from(await artifacts.read(artifact)).toString('utf8'))
  }
  return {
    keep: document => artifacts.put(Buffer.from(JSON.stringify(document)), 'json'),
    read: artifact => {
      const known = remembered.get(artifact) ?? load(artifact)
      remembered.delete(artifact)
      remembered.set(artifact, known)
      for (const oldest of remembered.keys()) {
        if (remembered.size <= REMEMBERED) break
        remembered.delete(oldest)
      }
      return known
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
