import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { sessionIn } from '../access/cookie.js'
import type { ServerConfig } from '../server-config.js'
import { Refusal } from './refusal.js'

/** As much of a request as tells where it comes from. */
export type Caller = Pick<IncomingMessage, 'method' | 'headers'>

type Known = Pick<ServerConfig, 'host' | 'hosts' | 'origins'>

/**
 * Refuses what another site sends through a visitor's browser; holds for requests and for upgrades.
 * @throws Refusal 403 for a Host that is not this server's (DNS rebinding) and for a foreign or hidden origin.
 */
export function checkOrigin(caller: Caller, config: Known): void {
  const { headers } = caller
  if (!isOurs(headers.host, config)) throw foreign(`The server does not go by the name "${headers.host ?? ''}"`)
  // Opening a page changes nothing, and lets nobody else read it.
  if (isNavigation(caller)) return
  const { origin } = headers
  const site = headers['sec-fetch-site']
  if (origin !== undefined) {
    if (isOwn(origin, headers.host) || config.origins.includes(origin)) return
    throw foreign(`Pages of ${origin === 'null' ? 'a hidden origin' : origin} may not call it`)
  }
  if (site === undefined) {
    // No browser of today; only a cookie, which browsers send by themselves, would make the request more than a program's.
    if (isByCookie(caller) && isUnsafe(caller)) throw foreign('The request hides its origin')
  } else if (!isOwnFetch(site, caller, config)) throw foreign('Pages of another site may not call it')
}

/** An address is never rebound, only a name is. */
function isOurs(host: string | undefined, { host: own, hosts }: Known): boolean {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(host ?? '')
  const name = (match?.[1] ?? match?.[2])?.toLowerCase()
  if (name === undefined) return false
  return isIP(name) > 0 || [own, 'localhost', ...hosts].some(known => known.toLowerCase() === name)
}

/** Whatever the scheme: behind a proxy that speaks TLS the server does not know its own. */
const isOwn = (origin: string, host: string | undefined) => [`http://${host}`, `https://${host}`].includes(origin)

/** Pictures are fetched without an Origin; their page may show them if it may call. */
function isOwnFetch(site: string, caller: Caller, { origins }: Known): boolean {
  if (site === 'same-origin' || site === 'none') return true
  return !isUnsafe(caller) && origins.includes(originOf(caller.headers.referer) ?? '')
}

const isUnsafe = ({ method = 'GET', headers }: Caller) =>
  (method !== 'GET' && method !== 'HEAD') || headers.upgrade !== undefined

const isNavigation = (caller: Caller) =>
  !isUnsafe(caller) &&
  caller.headers['sec-fetch-mode'] === 'navigate' &&
  caller.headers['sec-fetch-dest'] === 'document'

const isByCookie = ({ headers }: Caller) => headers.authorization === undefined && sessionIn({ headers }) !== undefined

const originOf = (url = '') => (URL.canParse(url) ? new URL(url).origin : undefined)

const foreign = (what: string) =>
  new Refusal(
    403,
    'foreign',
    `${what}; call it from its own pages, or name the page's origin in PORTRAIT_ORIGINS and the server's names in PORTRAIT_HOSTS.`,
  )
