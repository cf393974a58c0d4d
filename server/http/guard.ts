import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { SESSION_COOKIE } from '../access/cookie.js'
import type { ServerConfig } from '../server-config.js'
import { Refusal } from './refusal.js'

/** As much of a request as tells where it comes from. */
export interface Caller {
  readonly method?: string
  readonly headers: IncomingHttpHeaders
}

type Known = Pick<ServerConfig, 'host' | 'hosts' | 'origins'>

/**
 * Refuses what another site sends through a visitor's browser.
 * @throws Refusal 403 for a Host that is not this server's (DNS rebinding) and for a foreign or hidden Origin.
 */
export function checkOrigin(caller: Caller, config: Known): void {
  const { headers } = caller
  if (!isOurs(headers.host, config)) throw foreign(`The server does not go by the name "${headers.host ?? ''}"`)
  const { origin } = headers
  if (origin !== undefined) {
    if (hostOf(origin) === headers.host || config.origins.includes(origin)) return
    throw foreign(`Pages of ${origin === 'null' ? 'a hidden origin' : origin} may not call it`)
  }
  const site = headers['sec-fetch-site']
  if (site === undefined) {
    // No browser of today; only a cookie, which browsers send by themselves, would make the request more than a program's.
    if (isUnsafe(caller) && headers.cookie?.includes(`${SESSION_COOKIE}=`))
      throw foreign('The request hides its origin')
  } else if (!isOwnFetch(site, caller, config)) throw foreign('Pages of another site may not call it')
}

/** An address is never rebound, only a name is. */
function isOurs(host: string | undefined, { host: own, hosts }: Known): boolean {
  const name = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/
    .exec(host ?? '')
    ?.slice(1)
    .find(Boolean)
  return name !== undefined && (isIP(name) > 0 || [own, 'localhost', ...hosts].includes(name.toLowerCase()))
}

/** 'same-site' is another port of this very host: a page that may call (`origins`) shows our pictures that way. */
function isOwnFetch(site: string, caller: Caller, { origins }: Known): boolean {
  if (site === 'same-origin' || site === 'none') return true
  if (isUnsafe(caller)) return false
  return caller.headers['sec-fetch-mode'] === 'navigate' || (site === 'same-site' && origins.length > 0)
}

const isUnsafe = ({ method = 'GET', headers }: Caller) =>
  (method !== 'GET' && method !== 'HEAD') || headers.upgrade !== undefined

const hostOf = (origin: string) => (URL.canParse(origin) ? new URL(origin).host : undefined)

const foreign = (what: string) =>
  new Refusal(
    403,
    'foreign',
    `${what}; call it from its own pages, or name the page's origin in PORTRAIT_ORIGINS and the server's names in PORTRAIT_HOSTS.`,
  )
