import { type Logger, pino } from 'pino'

/** The log of a server: lines of JSON on stderr, with nothing in them that only its owner may know. */
export const openLog = (level: string): Logger =>
  pino(
    { level, base: null, redact: ['*.authorization', '*.cookie', '*.password', '*.token'] },
    // Written at once: the last lines before a crash are those that matter.
    pino.destination({ dest: 2, sync: true }),
  )
