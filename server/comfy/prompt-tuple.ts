import type { PromptDocuments } from './prompt-document.js'
import type { PromptRun } from './prompt-run.js'

/** A prompt as queue and history list it: number, id, prompt, extra data, outputs. */
export type PromptTuple = readonly [
  number: number,
  id: string,
  prompt: Readonly<Record<string, unknown>>,
  extra: Readonly<Record<string, unknown>>,
  outputs: readonly string[],
]

/** Answers the tuples of runs. */
export const promptTuple =
  (documents: PromptDocuments) =>
  async ({ id, memo, createdAt }: PromptRun): Promise<PromptTuple> => {
    const { prompt = {}, extra = {}, outputs = [] } = (await documents.read(memo.document)) ?? {}
    const client = memo.clientId === undefined ? {} : { client_id: memo.clientId }
    return [memo.number, id, prompt, { ...extra, ...client, create_time: createdAt }, outputs]
  }
