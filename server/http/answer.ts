import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import type { Answer } from './route.js'

/** How long what still comes of a body that nobody reads is thrown away before the connection ends. */
const DRAIN_MS = 5000

/** Sends an answer; resolves when it has left or the caller has gone. @throws what its stream throws */
export async function sendAnswer(response: Response, answer: Answer): Promise<void> {
  const { status = 200, headers = {}, stream } = answer
  const isJson = 'json' in answer
  const bytes = isJson ? Buffer.from(JSON.stringify(answer.json) ?? 'null') : answer.bytes
  response.status(status)
  // What is told to one caller is for nobody else, unless the answer says so.
  response.setHeader('Cache-Control', 'no-store')
  if (isJson) response.setHeader('Content-Type', 'application/json; charset=utf-8')
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  drainAfter(response)
  if (stream) return sendStream(stream, response)
  if (bytes && status !== 204 && status !== 304) response.setHeader('Content-Length', bytes.byteLength)
  response.end(bytes)
}

async function sendStream(stream: Readable, response: Response): Promise<void> {
  // HEAD wants the headers only; the stream is not even begun.
  if (response.req.method === 'HEAD') {
    stream.destroy()
    response.end()
    return
  }
  try {
    await pipeline(stream, response)
  } catch (error) {
    // A caller that goes in the middle is no fault of anybody's; a file that cannot be read is.
    if (!isGone(error)) throw error
  }
}

const isGone = (error: unknown) =>
  ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_UNABLE_TO_PIPE', 'ECONNRESET', 'EPIPE'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  )

/**
 * Reads on, for a while, where an answer leaves before its request has come whole. Closing at once would reset the
 * connection under a caller that still sends, and he would never hear why.
 */
function drainAfter(response: Response): void {
  const request: Request = response.req
  if (request.complete) return
  response.once('finish', () => {
    if (request.complete || request.destroyed) return
    request.unpipe()
    request.on('error', () => {}).resume()
    const cut = setTimeout(() => request.destroy(), DRAIN_MS).unref()
    request.once('close', () => clearTimeout(cut))
  })
}
