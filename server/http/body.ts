import type { IncomingMessage } from 'node:http'
import { messageOf } from '../../engine/errors.js'
import { Refusal } from './refusal.js'

/** What a JSON body may cost. */
export interface BodyLimits {
  readonly bytes: number
  /** From here to its last byte. */
  readonly ms: number
  /** Where it waits until it is whole. */
  readonly room: Room
  /** Hears how long the body is before it is parsed. @throws Refusal when that is more than its sender may send. */
  weigh(bytes: number): void
}

/** The memory that bodies share while they are on their way. */
export interface Room {
  /** Takes some for more of a body; answers whether there was so much. */
  take(bytes: number): boolean
  giveBack(bytes: number): void
}

/** Whoever begins many large bodies and ends none must not take all memory. */
export function openRoom(most: number): Room {
  let taken = 0
  return {
    take: bytes => {
      if (taken + bytes > most) return false
      taken += bytes
      return true
    },
    giveBack: bytes => {
      taken -= bytes
    },
  }
}

/** So many bytes of a body always have room: what most calls say is heard also when others fill all of it. */
const ALWAYS = 64 << 10

/** Deeper than any document of ours; the validator's stack would not bear much more. */
const DEPTH = 64
/** They mean something to the language itself. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Reads a JSON body, whatever its Content-Type: some clients send JSON as text or as a form.
 * @throws Refusal 413 when it is too large, 408 when it is too slow, 503 when others fill the room, 400 when it is no
 * JSON or hostile.
 */
export async function readJson(request: IncomingMessage, limits: BodyLimits, isOptional: boolean): Promise<unknown> {
  const bytes = await readBytes(request, limits)
  limits.weigh(bytes.length)
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    // ComfyUI's interrupt and the like take any body for none.
    if (isOptional) return {}
    const fault = { place: ['body'], message: messageOf(error), keyword: 'json', params: {}, value: null }
    throw new Refusal(400, 'malformed', `The body must be JSON, but cannot be read: ${messageOf(error)}.`, [fault])
  }
  refuseHostile(value, 0)
  return value
}

/** Not `for await`, which ends the connection with its loop, so that nobody would hear the refusal. */
function readBytes(request: IncomingMessage, { bytes, ms, room }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let length = 0
    let taken = 0
    const take = (part: Buffer) => {
      length += part.length
      parts.push(part)
      const more = Math.max(0, length - ALWAYS) - taken
      if (length > bytes) stop(() => reject(tooLarge(bytes)))
      else if (room.take(more)) taken += more
      else stop(() => reject(noRoom()))
    }
    const whole = () => stop(() => resolve(Buffer.concat(parts)))
    const gone = () => stop(() => reject(new Refusal(400, 'cut-off', 'The body ended before it was whole.')))
    const slow = setTimeout(() => stop(() => reject(tooSlow(ms))), ms)
    const stop = (settle: () => void) => {
      clearTimeout(slow)
      room.giveBack(taken)
      request.off('data', take).off('end', whole).off('close', gone).off('error', gone)
      settle()
    }
    if (Number(request.headers['content-length'] ?? 0) > bytes) stop(() => reject(tooLarge(bytes)))
    else request.on('data', take).on('end', whole).on('close', gone).on('error', gone)
  })
}

const tooLarge = (bytes: number) =>
  new Refusal(413, 'too-large', `The body must have at most ${bytes} bytes; send less.`)

const noRoom = () =>
  new Refusal(503, 'busy', 'Too many large bodies are on their way at this moment; try again in a few seconds.', [], {
    'Retry-After': '5',
  })

const tooSlow = (ms: number) =>
  new Refusal(408, 'too-slow', `The body must come within ${ms / 1000} s, and did not; send it again.`)

/** Plain loops: of a list of millions, entries would be millions of lists. */
function refuseHostile(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > DEPTH)
    throw new Refusal(400, 'malformed', `The body must nest at most ${DEPTH} levels deep, but goes deeper.`)
  if (Array.isArray(value)) {
    for (const inner of value) refuseHostile(inner, depth + 1)
    return
  }
  for (const key of Object.keys(value)) {
    if (RESERVED.has(key)) throw new Refusal(400, 'malformed', `The body must not use "${key}" as a name; rename it.`)
    refuseHostile((value as Record<string, unknown>)[key], depth + 1)
  }
}
