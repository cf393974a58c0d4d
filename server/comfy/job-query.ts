import type { RunStatus } from '../store/store.js'
import type { PromptRun } from './prompt-run.js'

/** ComfyUI's words for where a job is. */
export const JOB_STATUS: Readonly<Record<RunStatus, string>> = {
  queued: 'pending',
  running: 'in_progress',
  finished: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
}

/** Which jobs are asked for, and in which order. */
export interface JobQuery {
  wants(run: PromptRun): boolean
  compare(a: PromptRun, b: PromptRun): number
  readonly workflow?: string
  readonly offset: number
  readonly limit?: number
}

/** Reads the query of a list of jobs; answers a sentence where it cannot be. */
export function jobQuery(query: Readonly<Record<string, unknown>>): JobQuery | string {
  const text = (name: string) => (typeof query[name] === 'string' && query[name] !== '' ? query[name] : undefined)
  const known = Object.values(JOB_STATUS)
  const statuses = text('status')
    ?.split(',')
    .map(word => word.trim())
  const strange = statuses?.find(word => !known.includes(word))
  if (strange !== undefined) return `"status" must be of ${known.join(', ')}, got "${strange.slice(0, 40)}".`
  const by = text('sort_by') ?? 'created_at'
  if (by !== 'created_at' && by !== 'execution_duration') return '"sort_by" must be created_at or execution_duration.'
  const order = text('sort_order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') return '"sort_order" must be asc or desc.'
  const limit = text('limit')
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit)) return '"limit" must be a whole number from 1.'
  const offset = text('offset') ?? '0'
  if (!/^\d{1,9}$/.test(offset)) return '"offset" must be a whole number from 0.'
  const sign = order === 'asc' ? 1 : -1
  const value = by === 'created_at' ? ({ createdAt }: PromptRun) => createdAt : duration
  const workflow = text('workflow_id')
  return {
    wants: ({ status }) => !statuses || statuses.includes(JOB_STATUS[status]),
    compare: (a, b) => sign * (value(a) - value(b)),
    offset: Number(offset),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    ...(workflow === undefined ? {} : { workflow }),
  }
}

const duration = ({ startedAt, endedAt }: PromptRun) =>
  startedAt === undefined ? 0 : (endedAt ?? Date.now()) - startedAt
