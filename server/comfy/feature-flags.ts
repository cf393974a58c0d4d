import type { ServerConfig } from '../server-config.js'

/** What this server can do beyond what every client expects. */
export const serverFlags = ({ uploadBytes }: ServerConfig): Record<string, unknown> => ({
  supports_preview_metadata: true,
  max_upload_size: uploadBytes,
})

/** The flags in a client's first message; only what is exactly `true` counts. */
export function clientFlags(text: string): ReadonlySet<string> | undefined {
  const message = parse(text)
  if (!isObject(message) || message.type !== 'feature_flags') return undefined
  const flags = isObject(message.data) ? message.data : {}
  return new Set(Object.keys(flags).filter(name => flags[name] === true))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
