import type { Owner } from '../access/principal.js'
import type { Logs } from './logs.js'
import { listedOwners } from './named-files.js'
import type { Sessions } from './sessions.js'

/** The clients that want to hear what runs say. */
export interface LogSubscribers {
  set(owner: Owner, sid: string, enabled: boolean): void
}

/** A client may subscribe before its socket is open, so that they are known by name; and names cost nothing to invent. */
const MOST = 1000

/** Sends each line to the subscribers that may see it. */
export function openLogSubscribers(logs: Logs, sessions: Sessions, seesAnonymous: boolean): LogSubscribers {
  const subscribers = new Map<string, { readonly owner: Owner; readonly sid: string }>()
  logs.listen((owner, entry) => {
    if (subscribers.size === 0) return
    const message = { type: 'logs', data: { entries: [entry], size: null } }
    for (const { owner: whose, sid } of subscribers.values()) {
      if (!listedOwners({ owner: whose, seesAnonymous }).includes(owner)) continue
      sessions.of(whose, sid)?.client.send(message)
    }
  })
  return {
    set: (owner, sid, enabled) => {
      const key = `${owner}/${sid}`
      subscribers.delete(key)
      if (enabled) subscribers.set(key, { owner, sid })
      for (const oldest of subscribers.keys()) {
        if (subscribers.size <= MOST) break
        subscribers.delete(oldest)
      }
    },
  }
}
