import type { Preview } from '../../engine/node.js'
import type { TaskState } from './task.js'

/** What the replaced system's clients are told of a task; they draw the card that has its id anew. */
export function progressMessage(task: TaskState, batch: string, preview?: Preview) {
  const { id, status, progress, current_step, total_steps, preview_url } = task
  const picture = preview ? { preview: dataUrl(preview) } : {}
  const data = { task_id: id, batch_id: batch, status, progress, current_step, total_steps, preview_url }
  return { type: 'progress', data: { ...data, message: messageOf(task), ...picture } }
}

/** In the words that the replaced system used, as some clients compare them. */
function messageOf({ status, started_at, current_step, total_steps, progress, error }: TaskState): string {
  switch (status) {
    case 'pending':
      return 'Waiting'
    case 'processing':
      return progress === 0 ? 'Starting generation...' : `Step ${current_step}/${total_steps}`
    case 'completed':
      return 'Generation completed'
    case 'cancelled':
      return 'Cancelled'
    case 'failed':
      // What never began failed by itself, not in its making.
      return started_at === null ? `${error}` : `Generation failed: ${error}`
  }
}

const dataUrl = ({ mime, bytes }: Preview) => `data:${mime};base64,${Buffer.from(bytes).toString('base64')}`
