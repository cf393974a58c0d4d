import type { ExecutionEvent } from '../../engine/event.js'
import { previewFrame } from '../comfy/preview-frame.js'
import type { Services } from '../services.js'
import type { SocketClient } from '../socket/socket-door.js'
import type { Run } from '../store/store.js'
import { viewOutputs } from './run-view.js'

/** One socket that watches runs. */
export interface Watcher {
  readonly client: SocketClient
  /** The runs that it watches by their ids; kept by the list. */
  readonly runs: Set<string>
  /** Whether a run is one of those that it watches by watching everything. */
  watchesAll(run: Run): boolean
}

/** Who watches what. Every event is put into words once, however many watch. */
export interface Watchers {
  /** Until the run ends. */
  watch(run: string, watcher: Watcher): void
  unwatch(run: string, watcher: Watcher): void
  /** Watches whatever `watchesAll` says. */
  watchAll(watcher: Watcher): void
  unwatchAll(watcher: Watcher): void
}

/** Opens the list of watchers and listens to the hub on their behalf. */
export function openWatchers(services: Pick<Services, 'hub' | 'links'>): Watchers {
  const byRun = new Map<string, Set<Watcher>>()
  const ofAll = new Set<Watcher>()

  const watch = (run: string, watcher: Watcher) => {
    watcher.runs.add(run)
    byRun.set(run, (byRun.get(run) ?? new Set()).add(watcher))
  }
  const unwatch = (run: string, watcher: Watcher) => {
    watcher.runs.delete(run)
    const set = byRun.get(run)
    set?.delete(watcher)
    if (set?.size === 0) byRun.delete(run)
  }

  services.hub.listen('all', (event, run) => {
    const watchers = [...(byRun.get(run.id) ?? [])]
    for (const watcher of ofAll) if (!watcher.runs.has(run.id) && watcher.watchesAll(run)) watchers.push(watcher)
    if (watchers.length > 0) tell(watchers, event, services)
    if (isEnd(event)) for (const watcher of watchers) unwatch(run.id, watcher)
  })

  return {
    watch,
    unwatch,
    watchAll: watcher => void ofAll.add(watcher),
    unwatchAll: watcher => void ofAll.delete(watcher),
  }
}

function tell(watchers: readonly Watcher[], event: ExecutionEvent, services: Pick<Services, 'links'>): void {
  if (event.type !== 'node-progress' || !event.preview) {
    const message =
      event.type === 'node-finished' && event.outputs
        ? { ...event, files: viewOutputs(event.node, event.outputs, services) }
        : event
    for (const { client } of watchers) client.send(message)
    return
  }
  const { preview, ...message } = event
  const frame = previewFrame({ run: event.run, node: event.node, preview })
  for (const { client } of watchers) {
    client.send(message)
    client.sendPreview(event.run, frame)
  }
}

const isEnd = ({ type }: ExecutionEvent) => type === 'run-finished' || type === 'run-failed' || type === 'run-cancelled'
