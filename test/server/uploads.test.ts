import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request as open } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import { openArtifacts } from '../../engine/artifacts.js'
import { Refusal } from '../../server/http/refusal.js'
import { openLowdbStore } from '../../server/store/lowdb-store.js'
import type { Upload } from '../../server/store/store.js'
import { openUploads } from '../../server/uploads.js'
import { passingFolder } from '../engine/harness.js'
import { fixture } from '../nodes/image/pictures.js'

const PHOTO = new Uint8Array(fixture('photos/astronaut.jpg'))

/** A server that takes uploads under a small limit and tells what came. */
async function uploadServer(uploadBytes = 200_000) {
  const home = passingFolder()
  const incoming = join(home, 'incoming')
  mkdirSync(incoming)
  writeFileSync(join(incoming, 'left by a killed process'), 'x')
  const artifacts = openArtifacts(join(home, 'artifacts'))
  const store = await openLowdbStore(join(home, 'store'), { log: () => {} })
  const uploads = openUploads({ artifacts, store, config: { home, uploadBytes }, windowMs: 300 })
  const app = express()
  app.post('/form', async (request, response) => {
    try {
      const { file, fields } = await uploads.receive(request, 'file')
      const kept = file && (await uploads.keep(file, 'anonymous'))
      response.json({ fields, name: file?.name, kept, lying: readdirSync(incoming).length })
    } catch (error) {
      refuse(error, response)
    }
  })
  app.post('/raw', async (request, response) => {
    try {
      response.json({ kept: await uploads.keep(await uploads.receiveRaw(request), 'anonymous') })
    } catch (error) {
      refuse(error, response)
    }
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  after(async () => {
    server.closeAllConnections()
    server.close()
    await store.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  /** Nothing lies aside any more; answers as soon as that is so. */
  const isEmpty = async () => {
    for (let i = 0; i < 100 && readdirSync(incoming).length > 0; i++) await sleep(20)
    return readdirSync(incoming).length === 0
  }
  return { url, store, artifacts, isEmpty }
}

function refuse(error: unknown, response: express.Response) {
  if (!(error instanceof Refusal)) throw error
  response.status(error.status).set(error.headers).json({ code: error.code, message: error.message })
}

const form = (bytes: Uint8Array, name: string, field = 'file') => {
  const body = new FormData()
  body.append('title', 'a title')
  body.append(field, new Blob([new Uint8Array(bytes)], { type: 'image/png' }), name)
  return body
}

/** What the server of these tests answers. */
interface Told {
  readonly kept: Upload
  readonly fields: Readonly<Record<string, string>>
  readonly lying: number
  readonly code: string
}

async function post(url: string, body: FormData | Uint8Array<ArrayBuffer> | string, headers = {}) {
  const answer = await fetch(url, { method: 'POST', body, headers })
  return { status: answer.status, ...((await answer.json()) as Told) }
}

/** Sends a request piece by piece; answers its status, 0 if the connection ended without one. */
function slowly(url: string, headers: Record<string, string | number>, pieces: readonly string[], everyMs: number) {
  return new Promise<number>(resolve => {
    const sending = open(url, { method: 'POST', headers }, (answer: IncomingMessage) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sending.on('error', () => resolve(0))
    void (async () => {
      for (const piece of pieces) {
        sending.write(piece)
        await sleep(everyMs)
      }
    })()
  })
}

const HEAD = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'

test('a picture is kept by its content under an unguessable id, whatever it is called', async () => {
  const { url, store, artifacts, isEmpty } = await uploadServer()
  assert(await isEmpty(), 'what an earlier process left is gone')
  const name = '../../../etc/x.html'
  const { kept, fields, lying } = await post(`${url}/form`, form(PHOTO, name))
  assert.match(kept.id, /^[0-9a-f]{8}-/)
  assert.match(kept.artifact, /^[0-9a-f]{64}\.jpg$/)
  const { mime, width, height } = kept
  assert.deepEqual({ mime, width, height }, { mime: 'image/jpeg', width: 512, height: 512 })
  assert.deepEqual(kept, await store.get('uploads', kept.id))
  assert.equal(kept.bytes, (await artifacts.read(kept.artifact)).length)
  assert.deepEqual({ ...fields }, { title: 'a title' })
  assert.equal(lying, 1, 'it lies aside until the answer has left')
  assert(await isEmpty())
})

test('a body may be the picture itself', async () => {
  const { url, isEmpty } = await uploadServer()
  const { kept } = await post(`${url}/raw`, PHOTO, { 'Content-Type': 'image/jpeg' })
  assert.equal(kept.mime, 'image/jpeg')
  assert(await isEmpty())
})

test('HTML, SVG and text are no pictures, whatever they say they are', async () => {
  const { url, isEmpty } = await uploadServer()
  for (const text of ['<html><script>alert(1)</script>', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'x', '']) {
    const answer = await post(`${url}/form`, form(Buffer.from(text), 'x.png'))
    assert.equal(answer.status, 400)
    assert.equal(answer.code, 'not-a-picture')
  }
  assert(await isEmpty())
})

test('what is larger than the limit is refused with 413, by its announced length or when it has come so far', async () => {
  const { url, isEmpty } = await uploadServer()
  const large = new Uint8Array(300_000)
  assert.equal((await post(`${url}/form`, form(large, 'a.png'))).status, 413)
  assert.equal((await post(`${url}/raw`, large, { 'Content-Type': 'image/png' })).status, 413)
  const headers = { 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': 1e9 }
  assert.equal(await slowly(`${url}/form`, headers, [HEAD], 0), 413)
  assert(await isEmpty())
})

test('10,000 parts, long fields and several files are refused with 413', async () => {
  const { url, isEmpty } = await uploadServer()
  const parts = new FormData()
  for (let i = 0; i < 10_000; i++) parts.append(`f${i}`, 'x')
  const long = new FormData()
  long.append('title', 'x'.repeat(2 << 20))
  const several = form(PHOTO, 'a.jpg')
  several.append('file', new Blob([new Uint8Array(PHOTO)]), 'b.jpg')
  for (const body of [parts, long, several]) assert.equal((await post(`${url}/form`, body)).status, 413)
  assert(await isEmpty())
})

test('a body that comes a byte at a time, or less than it announces, is refused with 408', async () => {
  const { url, isEmpty } = await uploadServer()
  const headers = { 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': 10_000 }
  const bytes = Array.from({ length: 40 }, () => 'x')
  assert.equal(await slowly(`${url}/form`, headers, [HEAD, ...bytes], 50), 408)
  assert.equal(await slowly(`${url}/form`, headers, [`${HEAD}too short\r\n--b--\r\n`], 0), 408)
  assert.equal(await slowly(`${url}/raw`, { ...headers, 'Content-Type': 'image/png' }, ['x'], 0), 408)
  assert(await isEmpty())
})

test('a caller that goes in the middle leaves nothing behind', async () => {
  const { url, isEmpty } = await uploadServer()
  for (const path of ['/form', '/raw']) {
    const headers = { 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': 10_000 }
    const sending = open(url + path, { method: 'POST', headers })
    sending.on('error', () => {})
    sending.write(HEAD + 'x'.repeat(5000))
    await sleep(100)
    sending.destroy()
    assert(await isEmpty())
  }
})

test('a form that is malformed is refused with 400, and names from hell are only names', async () => {
  const { url } = await uploadServer()
  const headers = { 'Content-Type': 'multipart/form-data; boundary=b' }
  for (const body of [HEAD, '--b\r\n\r\n\r\n', 'x', ''])
    assert.equal((await post(`${url}/form`, body, headers)).status, 400, JSON.stringify(body))
  assert.equal((await post(`${url}/form`, '{}', { 'Content-Type': 'application/json' })).status, 400)
  const hostile = new FormData()
  hostile.append('__proto__', 'x')
  hostile.append('constructor', 'y')
  const { fields } = await post(`${url}/form`, hostile)
  assert.deepEqual(Object.keys(fields), ['__proto__', 'constructor'])
  assert.equal(({} as Record<string, unknown>).x, undefined)
})
