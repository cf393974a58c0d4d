import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import busboy from 'busboy'
import type { Request } from 'express'
import { messageOf } from '../../engine/errors.js'
import { Refusal } from '../http/refusal.js'
import type { ReceivedFile, ReceivedForm } from '../uploads.js'
import { type BodyLimits, checkLength, FORM_LIMITS, refused, tooLarge, tooManyParts, watchBody } from './body-limits.js'
import type { Incoming } from './incoming.js'

/** Reads a multipart form; its file is streamed aside. @throws Refusal */
export async function receiveForm(
  request: Request,
  field: string,
  incoming: Incoming,
  limits: BodyLimits,
): Promise<ReceivedForm> {
  checkLength(request, limits)
  return readBody(request, limits, (fail, signal) => {
    const parser = openParser(request, limits)
    const fields = new Map<string, string>()
    let file: Promise<ReceivedFile> | undefined
    parser
      .on('field', (name, value, { nameTruncated, valueTruncated }) => {
        if (nameTruncated || valueTruncated) fail(tooManyParts('a field of more than a megabyte'))
        fields.set(name, value)
      })
      .on('file', (name, stream, { filename }) => {
        // Also thrown away it breaks with its form, and an error that nobody hears ends the process.
        if (name !== field) return void stream.on('error', () => {}).resume()
        file = writeFile(stream, { name: filename ?? '', path: incoming.place(request), limits, signal })
        file.catch(fail)
      })
      .on('partsLimit', () => fail(tooManyParts('too many parts')))
      .on('fieldsLimit', () => fail(tooManyParts(`more than ${FORM_LIMITS.fields} fields`)))
      .on('filesLimit', () => fail(tooManyParts('several files')))
      .on('error', error => fail(malformed(messageOf(error))))
    request.pipe(parser)
    return new Promise<ReceivedForm>(resolve => {
      parser.once('close', async () => {
        const received = await file?.catch(() => undefined)
        resolve({ fields: Object.fromEntries(fields), ...(received ? { file: received } : {}) })
      })
    })
  })
}

/** Takes a body that is the file itself. @throws Refusal */
export async function receiveRaw(request: Request, incoming: Incoming, limits: BodyLimits): Promise<ReceivedFile> {
  checkLength(request, limits)
  // Through another stream, for a pipeline that fails ends its source, and the request must still be answered.
  return readBody(request, limits, (_, signal) =>
    writeFile(request.pipe(new PassThrough()), { name: '', path: incoming.place(request), limits, signal }),
  )
}

/** Reads a body until it is whole or something calls `fail`. */
async function readBody<T>(
  request: Request,
  limits: BodyLimits,
  read: (fail: (error: Error) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let stop = () => {}
  const failure = new AbortController()
  try {
    return await new Promise<T>((resolve, reject) => {
      stop = watchBody(request, limits, reject)
      read(reject, failure.signal).then(resolve, reject)
    })
  } catch (error) {
    failure.abort()
    throw error instanceof Refusal ? refused(request, error) : error
  } finally {
    stop()
  }
}

function openParser(request: Request, { bytes }: BodyLimits): busboy.Busboy {
  if (!/^multipart\/form-data\b/i.test(request.headers['content-type'] ?? ''))
    throw malformed('its Content-Type is not multipart/form-data')
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: { ...FORM_LIMITS, fileSize: bytes + 1 },
    })
  } catch (error) {
    throw malformed(messageOf(error))
  }
}

const malformed = (cause: string) =>
  new Refusal(400, 'malformed', `The form could not be read (${cause}); send multipart/form-data.`)

interface Destination {
  readonly name: string
  readonly path: string
  readonly limits: BodyLimits
  readonly signal: AbortSignal
}

async function writeFile(stream: Readable, { name, path, limits, signal }: Destination): Promise<ReceivedFile> {
  let bytes = 0
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes > limits.bytes) throw tooLarge(limits.bytes)
      yield chunk
    }
  }
  try {
    await pipeline(stream, counted, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal })
    return { name, path, bytes }
  } catch (error) {
    await rm(path, { force: true }).catch(() => {})
    throw error
  }
}
