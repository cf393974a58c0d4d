import { type Logger, pino } from 'pino'
import { BadArguments } from './exit.js'

/** Where a secret could slip into a line. */
const SECRETS = ['authorization', 'cookie', 'password', 'token']

/**
 * The log of a server: lines of JSON on stderr, with nothing in them that only its owner may know.
 * @throws BadArguments for a level that there is not.
 */
export function openLog(level: string): Logger {
  const levels = [...Object.keys(pino.levels.values), 'silent']
  if (!levels.includes(level))
    throw new BadArguments(`PORTRAIT_LOG must be one of ${levels.join(', ')}, got "${level}".`)
  return pino(
    { level, base: null, redact: SECRETS.flatMap(name => [name, `*.${name}`, `*.*.${name}`]) },
    // Written at once: the last lines before a crash are those that matter.
    pino.destination({ dest: 2, sync: true }),
  )
}
