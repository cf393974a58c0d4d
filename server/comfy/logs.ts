import type { ExecutionEvent } from '../../engine/event.js'
import type { Owner } from '../access/principal.js'
import type { Hub } from '../hub.js'
import type { Run } from '../store/store.js'
import { listedOwners, type Reader } from './named-files.js'

/** A line, as ComfyUI's clients take it. */
export interface LogEntry {
  /** ISO 8601. */
  readonly t: string
  readonly m: string
}

/** What runs say: each reader sees the lines of the runs that his lists show. The server's own log goes to nobody. */
export interface Logs {
  entries(reader: Reader): readonly LogEntry[]
  /** Hears each new line, and whose run said it. */
  listen(listener: (owner: Owner, entry: LogEntry) => void): void
}

/** Lines that are remembered, as many as ComfyUI does. */
const REMEMBERED = 300

/** Opens the lines. */
export function openLogs(hub: Hub): Logs {
  const lines: { readonly owner: Owner; readonly entry: LogEntry }[] = []
  const listeners = new Set<(owner: Owner, entry: LogEntry) => void>()
  hub.listen('all', (event, run) => {
    const text = lineOf(event, run)
    if (text === undefined) return
    const entry = { t: new Date().toISOString(), m: `${text}\n` }
    lines.push({ owner: run.owner, entry })
    if (lines.length > REMEMBERED) lines.shift()
    for (const listener of listeners) listener(run.owner, entry)
  })
  return {
    entries: reader => {
      const owners = listedOwners(reader)
      return lines.filter(({ owner }) => owners.includes(owner)).map(({ entry }) => entry)
    },
    listen: listener => void listeners.add(listener),
  }
}

function lineOf(event: ExecutionEvent, { id, name, startedAt, endedAt }: Run): string | undefined {
  switch (event.type) {
    case 'run-queued':
      return `got prompt ${id}: ${name}`
    case 'node-log':
      return `${id} ${event.node}: ${event.message}`
    case 'node-warning':
      return `${id} ${event.node}: warning: ${event.message}`
    case 'node-failed':
      return `${id} ${event.node}: failed: ${event.message}`
    case 'run-finished':
      return startedAt && endedAt
        ? `Prompt ${id} executed in ${((endedAt - startedAt) / 1000).toFixed(2)} seconds`
        : `Prompt ${id} executed`
    case 'run-failed':
      return `Prompt ${id} failed: ${event.message}`
    case 'run-cancelled':
      return `Prompt ${id} interrupted`
    default:
      return undefined
  }
}
