import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after } from 'node:test'
import { WebSocket } from 'ws'
import { encodePng } from '../../../nodes/image/png.js'
import type { Image } from '../../../nodes/ports.js'
import type { TestServer } from '../serving.js'

/** A message of the socket; tests look into it as they need. */
export interface Told {
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: what a message holds is what is tested
  readonly data: any
}

/** A socket as ComfyUI's clients open it, and all that it was told. */
export interface TestSocket {
  readonly told: Told[]
  readonly frames: Buffer[]
  readonly closed: Promise<number>
  send(message: unknown): void
  /** The first message of which this is true, also of those that came before. */
  until(isIt: (message: Told) => boolean): Promise<Told>
  /** That a prompt is over: the message that all clients wait for. */
  over(prompt: string): Promise<Told>
  close(): void
}

/** Opens a socket that is closed when the test file ends. */
export async function connect(
  { url }: TestServer,
  query = '',
  path = '/ws',
  headers: Record<string, string> = {},
): Promise<TestSocket> {
  const ws = new WebSocket(`${url.replace('http', 'ws')}${path}${query}`, { headers })
  const told: Told[] = []
  const frames: Buffer[] = []
  const waiting: (() => void)[] = []
  ws.on('message', (data: Buffer, isBinary) => {
    if (isBinary) frames.push(data)
    else told.push(JSON.parse(data.toString()))
    for (const wake of waiting.splice(0)) wake()
  })
  const closed = new Promise<number>(resolve => ws.once('close', resolve))
  await once(ws, 'open')
  after(() => ws.terminate())
  const until = async (isIt: (message: Told) => boolean): Promise<Told> => {
    for (;;) {
      const found = told.find(isIt)
      if (found) return found
      assert.equal(ws.readyState, ws.OPEN, 'the socket was closed')
      await new Promise<void>(resolve => waiting.push(resolve))
    }
  }
  return {
    told,
    frames,
    closed,
    until,
    send: message => ws.send(typeof message === 'string' ? message : JSON.stringify(message)),
    over: prompt => until(({ type, data }) => type === 'executing' && data.node === null && data.prompt_id === prompt),
    close: () => ws.close(),
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what is tested
export type Json = any

/** An answer that is JSON. */
export const jsonOf = (response: Response): Promise<Json> => response.json()

/** GET, as JSON. */
export async function get({ url }: TestServer, path: string, headers: Record<string, string> = {}): Promise<Json> {
  return (await fetch(url + path, { headers })).json()
}

/** POST as Python's urllib does it: JSON that is called a form. */
export async function post(
  { url }: TestServer,
  path: string,
  body: unknown = {},
  more: Record<string, string> = {},
): Promise<{ status: number; json: Json }> {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', ...more }
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, json: await response.json() }
}

/** Sends a prompt that must be accepted; answers its id. */
export async function send(
  server: TestServer,
  prompt: unknown,
  more: object = {},
  headers: Record<string, string> = {},
): Promise<string> {
  const { status, json } = await post(server, '/prompt', { prompt, ...more }, headers)
  assert.equal(status, 200, JSON.stringify(json))
  return json.prompt_id
}

/** Waits until the history has a prompt. */
export async function ended(server: TestServer, id: string, headers: Record<string, string> = {}): Promise<Json> {
  for (;;) {
    const entry = (await get(server, `/history/${id}`, headers))[id]
    if (entry) return entry
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** A PNG of one colour, RGB or RGBA. */
export function picture(width: number, height: number, colour: readonly number[]): Promise<Uint8Array> {
  const data = new Uint8Array(width * height * colour.length)
  for (let i = 0; i < data.length; i++) data[i] = colour[i % colour.length] as number
  return encodePng({ width, height, channels: colour.length as Image['channels'], data })
}

/** Sends a form with a file. */
export async function upload(
  { url }: TestServer,
  path: string,
  bytes: Uint8Array,
  name: string,
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<{ status: number; json: Json }> {
  const form = new FormData()
  form.append('image', new Blob([Buffer.from(bytes)]), name)
  for (const [field, value] of Object.entries(fields)) form.append(field, value)
  const response = await fetch(url + path, { method: 'POST', headers, body: form })
  return { status: response.status, json: await response.json() }
}
