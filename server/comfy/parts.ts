import type { Services } from '../services.js'
import { type LogSubscribers, openLogSubscribers } from './log-subscribers.js'
import { type Logs, openLogs } from './logs.js'
import { type NamedFiles, openNamedFiles } from './named-files.js'
import { openOutputNames } from './output-names.js'
import { openPromptDocuments, type PromptDocuments } from './prompt-document.js'
import { openPromptEnds, type PromptEnds } from './prompt-end.js'
import { openPromptFiles } from './prompt-files.js'
import type { PromptRun } from './prompt-run.js'
import { openSessions, type Sessions } from './sessions.js'

/** What ComfyUI's routes and its socket have in common. */
export interface ComfyParts {
  readonly names: NamedFiles
  readonly documents: PromptDocuments
  readonly ends: PromptEnds
  readonly logs: Logs
  readonly sessions: Sessions
  /** Prompts that have ended while their clients are still to be told: to them they run. */
  readonly untold: Map<string, PromptRun>
  readonly logSubscribers: LogSubscribers
}

const opened = new WeakMap<Services, ComfyParts>()

/** The parts of one server: its door and its socket are made apart, but must count and tell together. */
export function comfyParts(services: Services): ComfyParts {
  const { store, artifacts, config, hub } = services
  const known = opened.get(services)
  if (known) return known
  const isOpen = config.access === 'open'
  const documents = openPromptDocuments(artifacts)
  const logs = openLogs(hub)
  const sessions = openSessions()
  const parts: ComfyParts = {
    names: openNamedFiles(store),
    documents,
    ends: openPromptEnds(services, openPromptFiles(services, documents, openOutputNames(store, !isOpen))),
    logs,
    sessions,
    untold: new Map(),
    logSubscribers: openLogSubscribers(logs, sessions, isOpen),
  }
  opened.set(services, parts)
  return parts
}
