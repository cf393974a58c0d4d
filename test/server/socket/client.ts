import { once } from 'node:events'
import { type ClientOptions, WebSocket } from 'ws'

/** What came over a socket: a JSON message, or a picture. */
export type Received = Readonly<Record<string, unknown>> & { readonly type: string }

/** A client as a program would write one. */
export interface TestClient {
  readonly ws: WebSocket
  /** All JSON messages so far. */
  readonly messages: readonly Received[]
  /** All binary messages so far. */
  readonly frames: readonly Buffer[]
  /** Everything in the order in which it came. */
  readonly log: readonly (Received | Buffer)[]
  /** The code with which the socket was closed. */
  readonly closed: Promise<number>
  send(message: unknown): void
  /** The first message that fits, also among those that have come already. */
  until(fits: (message: Received) => boolean): Promise<Received>
  close(): Promise<void>
}

/** Connects; rejects with the status when the server refuses: 'status 403: …'. */
export async function connect(url: string, options: ClientOptions = {}): Promise<TestClient> {
  const ws = new WebSocket(url.replace(/^http/, 'ws'), options)
  const messages: Received[] = []
  const frames: Buffer[] = []
  const log: (Received | Buffer)[] = []
  const waiting = new Set<() => void>()
  ws.on('message', (data: Buffer, isBinary) => {
    if (isBinary) frames.push(data)
    else messages.push(JSON.parse(String(data)))
    log.push(isBinary ? data : (messages.at(-1) as Received))
    for (const check of waiting) check()
  })
  const closed = new Promise<number>(resolve => ws.on('close', resolve))
  const refused = new Promise<never>((_, reject) => {
    ws.on('unexpected-response', async (_, response) => {
      const body = (await response.toArray()).join('')
      reject(new Error(`status ${response.statusCode}: ${body.trim()}`))
    })
    ws.on('error', reject)
  })
  refused.catch(() => {})
  await Promise.race([once(ws, 'open'), refused])
  return {
    ws,
    messages,
    frames,
    log,
    closed,
    send: message => ws.send(JSON.stringify(message)),
    until: fits =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = messages.find(fits)
          if (!found) return
          waiting.delete(check)
          resolve(found)
        }
        waiting.add(check)
        void closed.then(code => reject(new Error(`The socket closed (${code}) before the message came.`)))
        check()
      }),
    close: async () => {
      ws.terminate()
      await closed
    },
  }
}
