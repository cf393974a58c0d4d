import { lastMessage } from './events.js'
import { JOB_STATUS } from './job-query.js'
import { isRecord } from './prompt.js'
import type { PromptDocument } from './prompt-document.js'
import type { PromptEnd, PromptRun, ShownImage } from './prompt-run.js'

/** How much of a text is shown in a list. */
const SHOWN = 1024

/** A prompt as the jobs API tells it; what is not known is left out. */
export function jobOf(run: PromptRun, document: PromptDocument | undefined, end: PromptEnd | undefined) {
  const images = Object.entries(end?.outputs ?? {}).flatMap(([node, { images = [] }]) =>
    images.map(image => ({ node, image: image as ShownImage })),
  )
  const preview = previewOf(images, end)
  const stopped = end && run.status === 'failed' ? lastMessage(run, end)[1] : undefined
  const workflow = workflowId(document)
  return {
    id: run.id,
    status: JOB_STATUS[run.status],
    priority: run.memo.number,
    create_time: run.createdAt,
    ...(run.startedAt === undefined ? {} : { execution_start_time: run.startedAt }),
    ...(run.endedAt === undefined ? {} : { execution_end_time: run.endedAt }),
    ...(stopped ? { execution_error: stopped } : {}),
    outputs_count: images.length,
    previewable_outputs_count: images.length,
    ...(preview ? { preview_output: preview } : {}),
    ...(workflow === undefined ? {} : { workflow_id: workflow }),
    outputs: end?.outputs ?? {},
    ...(end
      ? {
          execution_status: {
            status_str: run.status === 'finished' ? 'success' : 'error',
            completed: run.status === 'finished',
          },
        }
      : {}),
    workflow: { prompt: document?.prompt ?? {}, extra_data: document?.extra ?? {} },
  }
}

/** What stands for a job in a list: a result before a preview, a picture before a text. */
function previewOf(
  images: readonly { readonly node: string; readonly image: ShownImage }[],
  end: PromptEnd | undefined,
) {
  const best = images.find(({ image }) => image.type === 'output') ?? images[0]
  if (best) return { ...best.image, nodeId: best.node, mediaType: 'images' }
  for (const [node, { text }] of Object.entries(end?.outputs ?? {}))
    if (text?.[0] !== undefined) return { content: String(text[0]).slice(0, SHOWN), nodeId: node, mediaType: 'text' }
  return undefined
}

function workflowId(document: PromptDocument | undefined): string | undefined {
  const info = document?.extra.extra_pnginfo
  const workflow = isRecord(info) ? info.workflow : undefined
  return isRecord(workflow) && typeof workflow.id === 'string' ? workflow.id : undefined
}
