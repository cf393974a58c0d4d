import { type Config, readConfig } from './config.js'
import { BadArguments } from './exit.js'

/**
 * Who may use the server.
 * - `open`: whoever reaches it; all that is anonymous belongs to the one person who does. Only on loopback.
 * - `accounts`: who has an account or the token.
 * - `public`: anybody; without an account one reaches only what one knows the id of.
 */
export type AccessMode = 'open' | 'accounts' | 'public'

/** What a server is set up with, beyond what every command reads. */
export interface ServerConfig extends Config {
  readonly host: string
  readonly port: number
  readonly access: AccessMode
  /** The operator's token: a bearer token, or the password of Basic authentication. */
  readonly token?: string
  /** Other origins whose pages may call: 'http://localhost:3008'. */
  readonly origins: readonly string[]
  /** Further names under which this server is reached; the address it listens on is always one. */
  readonly hosts: readonly string[]
  /** One lane each, by ONNX Runtime's name; as many runs go on at once. */
  readonly devices: readonly string[]
  /** Bytes of one upload. */
  readonly uploadBytes: number
  /** Waiting runs of one owner, or of one network's strangers. */
  readonly queueLimit: number
  /** Days after which uploads and results go; 0: never. 30 by default where strangers bring them. */
  readonly keepDays: number
  /** Bytes of all artifacts, beyond which the oldest results go; 0: no limit. */
  readonly keepBytes: number
  readonly logLevel: string
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/
export const isLoopback = (host: string): boolean => LOOPBACK.test(host)

/**
 * Reads the server's configuration from the environment; the README lists the variables.
 * @throws BadArguments for values that make no sense together, such as an open server that others can reach.
 */
export function readServerConfig(environment: NodeJS.ProcessEnv = process.env): ServerConfig {
  const text = (name: string, fallback = '') => environment[`PORTRAIT_${name}`] || fallback
  const list = (name: string, fallback = '') =>
    text(name, fallback)
      .split(',')
      .map(part => part.trim())
      .filter(Boolean)
  const number = (name: string, fallback: number) => {
    const value = Number(text(name, String(fallback)))
    if (Number.isInteger(value) && value >= 0) return value
    throw new BadArguments(
      `The environment variable PORTRAIT_${name} must be a whole number from 0, got "${text(name)}".`,
    )
  }
  const token = text('TOKEN')
  const host = text('HOST', '127.0.0.1')
  const access = accessOf(text('ACCESS', isLoopback(host) || !token ? 'open' : 'accounts'))
  const config: ServerConfig = {
    ...readConfig(environment),
    host,
    port: number('PORT', 8008),
    access,
    ...(token ? { token } : {}),
    origins: list('ORIGINS'),
    hosts: list('HOSTS'),
    devices: list('DEVICES', 'cpu'),
    uploadBytes: number('UPLOAD_MB', 100) * 2 ** 20,
    queueLimit: number('QUEUE_LIMIT', 1000),
    // What strangers bring must not grow for ever.
    keepDays: number('KEEP_DAYS', access === 'public' ? 30 : 0),
    keepBytes: number('KEEP_MB', 0) * 2 ** 20,
    logLevel: text('LOG', 'info'),
  }
  if (config.access === 'open' && !isLoopback(config.host))
    throw new BadArguments(
      `The server would listen on ${config.host}, where others can reach it, and ask nobody who he is. Set PORTRAIT_ACCESS=accounts (people sign in), PORTRAIT_ACCESS=public (anybody may make portraits) or PORTRAIT_TOKEN (programs that have it), or leave PORTRAIT_HOST at 127.0.0.1.`,
    )
  if (config.token !== undefined && config.token.length < 16)
    throw new BadArguments(
      'PORTRAIT_TOKEN must have at least 16 characters, for it opens everything; take a random one.',
    )
  return config
}

function accessOf(text: string): AccessMode {
  if (text === 'open' || text === 'accounts' || text === 'public') return text
  throw new BadArguments(`PORTRAIT_ACCESS must be open, accounts or public, got "${text}".`)
}
