import type { Services } from '../services.js'
import { type Audience, openAudience } from './audience.js'
import { type LiveView, openLiveView } from './live-view.js'
import { openUrls, type Urls } from './urls.js'

/** What this door's routes and its socket have in common. */
export interface OriginalParts {
  readonly urls: Urls
  readonly live: LiveView
  readonly audience: Audience
}

const opened = new WeakMap<Services, OriginalParts>()

/** The parts of one server: door and socket are made apart, but those whom a request names hear by the socket. */
export function originalParts(services: Services): OriginalParts {
  const known = opened.get(services)
  if (known) return known
  const parts = {
    urls: openUrls(services.links),
    live: openLiveView(),
    audience: openAudience(services.config.access === 'public'),
  }
  opened.set(services, parts)
  return parts
}
