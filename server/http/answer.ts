import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'
import type { Answer } from './route.js'

/** Sends what a handler answered. */
export async function sendAnswer(
  response: Response,
  { status = 200, headers = {}, ...content }: Answer,
): Promise<void> {
  response.status(status)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (content.stream) {
    // HEAD wants the headers only; the stream is not even begun.
    if (response.req.method === 'HEAD') {
      content.stream.destroy()
      response.end()
      return
    }
    // A caller that goes in the middle is no fault of anybody's.
    await pipeline(content.stream, response).catch(() => response.destroy())
    return
  }
  const bytes = 'json' in content ? Buffer.from(JSON.stringify(content.json) ?? 'null') : content.bytes
  if ('json' in content && !response.hasHeader('Content-Type'))
    response.setHeader('Content-Type', 'application/json; charset=utf-8')
  if (bytes && status !== 204 && status !== 304) response.setHeader('Content-Length', bytes.byteLength)
  response.end(bytes)
}
