import type { IncomingMessage } from 'node:http'
import { messageOf } from '../../engine/errors.js'
import { Refusal } from './refusal.js'

/** Deeper than any document of ours; the validator's stack would not bear much more. */
const MAX_DEPTH = 64
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Reads a JSON body, whatever its Content-Type: some clients send JSON as text or as a form.
 * @throws Refusal 413 when it has more than `limit` bytes, 400 when it is no JSON or names what no object may be named.
 */
export async function readJson(request: IncomingMessage, limit: number, optional: boolean): Promise<unknown> {
  const text = await readText(request, limit)
  if (text.trim() === '' && optional) return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    // ComfyUI's interrupt and the like take any body for none.
    if (optional) return {}
    const fault = { place: ['body'], message: messageOf(error), keyword: 'json', params: {}, value: null }
    throw new Refusal(400, 'malformed', `The body must be JSON, but cannot be read: ${messageOf(error)}.`, [fault])
  }
  refuseHostile(value)
  return value
}

async function readText(request: IncomingMessage, limit: number): Promise<string> {
  const tooLarge = () =>
    new Refusal(413, 'too-large', `The body must have at most ${limit} bytes.`, [], { Connection: 'close' })
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge()
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > limit) throw tooLarge()
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** With an open list, for the value may be nested deeper than the stack. */
function refuseHostile(body: unknown): void {
  const open: (readonly [value: unknown, depth: number])[] = [[body, 0]]
  for (let item = open.pop(); item; item = open.pop()) {
    const [value, depth] = item
    if (typeof value !== 'object' || value === null) continue
    if (depth > MAX_DEPTH)
      throw new Refusal(400, 'malformed', `The body must nest at most ${MAX_DEPTH} levels deep, but goes deeper.`)
    for (const [key, inner] of Object.entries(value)) {
      if (FORBIDDEN.has(key))
        throw new Refusal(400, 'malformed', `The body must not use "${key}" as a name; rename it.`)
      open.push([inner, depth + 1])
    }
  }
}
