import type { ExecutionEvent } from '../engine/event.js'

/** At most four pictures a second of one run: more is not seen, and each costs a copy on its way to the sockets. */
const PREVIEW_MS = 250
/** Progress alone waits this long for more of itself. */
const PROGRESS_MS = 40

/**
 * Gathers events into lists, for each message between processes costs more than the events in it. Of progress that
 * comes faster than it can be seen only the newest is kept; everything else keeps its place.
 */
export function gatherEvents(send: (events: readonly ExecutionEvent[]) => void) {
  let waiting: ExecutionEvent[] = []
  let immediate: NodeJS.Immediate | undefined
  let timer: NodeJS.Timeout | undefined
  const shown = new Map<string, number>()

  const flush = () => {
    clearImmediate(immediate)
    clearTimeout(timer)
    immediate = timer = undefined
    const events = waiting
    waiting = []
    if (events.length > 0) send(events)
  }

  const thinned = (event: ExecutionEvent): ExecutionEvent => {
    if (event.type !== 'node-progress' || !event.preview) return event
    const now = performance.now()
    if (now - (shown.get(event.run) ?? Number.NEGATIVE_INFINITY) >= PREVIEW_MS) {
      shown.set(event.run, now)
      return event
    }
    const { preview: _, ...rest } = event
    return rest
  }

  return {
    add: (given: ExecutionEvent): void => {
      const event = thinned(given)
      const last = waiting.at(-1)
      if (last && supersedes(event, last)) waiting.pop()
      waiting.push(event)
      if (event.type === 'node-progress') timer ??= setTimeout(flush, PROGRESS_MS)
      else immediate ??= setImmediate(flush)
      if (event.type.startsWith('run-')) shown.delete(event.run)
    },
    flush,
  }
}

/** Whether the earlier event says nothing that the newer one does not. */
const supersedes = (newer: ExecutionEvent, older: ExecutionEvent): boolean =>
  newer.type === 'node-progress' &&
  older.type === 'node-progress' &&
  newer.run === older.run &&
  newer.node === older.node &&
  newer.item === older.item &&
  older.preview === undefined
