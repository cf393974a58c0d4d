import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { after } from 'node:test'

/** What came back. */
export interface Told {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of it
  readonly json: any
}

/** What goes out beside method and path. */
export interface Asked {
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Uint8Array
}

/** Sends a request with exactly the headers that a test says, which `fetch` would not. */
export const asker =
  (url: string) =>
  (line: string, { headers = {}, body }: Asked = {}): Promise<Told> => {
    const [method = 'GET', path = '/'] = line.split(' ')
    const { hostname, port } = new URL(url)
    const framed = body === undefined ? headers : { 'Content-Length': Buffer.byteLength(body), ...headers }
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, method, path, headers: framed, agent: false }, async response => {
        try {
          const bytes = Buffer.concat(await response.toArray())
          const isJson = response.headers['content-type']?.startsWith('application/json') && bytes.length > 0
          const json = isJson ? JSON.parse(bytes.toString()) : undefined
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, json })
        } catch (error) {
          reject(error)
        }
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

/** A connection on which a test writes bytes itself. */
export interface Wire {
  readonly socket: Socket
  /** All that has come. */
  text(): string
  /** Resolves when this has come; rejects if the connection ends before. */
  until(pattern: RegExp): Promise<string>
  readonly closed: Promise<void>
}

/** Opens a connection that is closed when the test file ends. */
export function openWire(url: string): Wire {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  after(() => socket.destroy())
  let text = ''
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const look of waiting) look()
  }
  socket.setEncoding('latin1').on('data', part => {
    text += part
    wake()
  })
  socket.on('error', wake)
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  return {
    socket,
    text: () => text,
    closed,
    until: pattern =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!pattern.test(text)) return
          waiting.delete(look)
          resolve(text)
        }
        waiting.add(look)
        void closed.then(() => reject(new Error(`The connection ended after ${JSON.stringify(text.slice(0, 200))}`)))
        look()
      }),
  }
}
