import { setTimeout as sleep } from 'node:timers/promises'

/** What came back; `json` is empty if it was none. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of it
  readonly json: any
}

/** Calls a server as a program does: an object goes as JSON, bytes and forms as they are. */
export async function call(
  url: string,
  request: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const [method = 'GET', path = '/'] = request.split(' ')
  const isJson = body !== undefined && !(body instanceof FormData) && !(body instanceof Uint8Array)
  const answer = await fetch(url + path, {
    method,
    headers: { ...(isJson ? { 'Content-Type': 'application/json' } : {}), ...headers },
    ...(body === undefined ? {} : { body: (isJson ? JSON.stringify(body) : body) as never }),
  })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const isText = answer.headers.get('content-type')?.startsWith('application/json')
  return { status: answer.status, headers: answer.headers, bytes, json: isText ? JSON.parse(bytes.toString()) : {} }
}

/** Waits until something answers what is true; half a minute is too long for any test. */
export async function until<T>(ask: () => Promise<T> | T): Promise<T> {
  for (let i = 0; i < 1500; i++) {
    const answer = await ask()
    if (answer) return answer
    await sleep(20)
  }
  throw new Error(`It does not come to be: ${ask}`)
}

/** Waits until a run has come to its end, whatever that is. */
// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of it
export function ended(url: string, id: string, headers: Record<string, string> = {}): Promise<any> {
  return until(async () => {
    const { status, json } = await call(url, `GET /api/runs/${id}`, undefined, headers)
    if (status !== 200) throw new Error(`Run ${id}: ${status} ${JSON.stringify(json)}`)
    return json.status !== 'queued' && json.status !== 'running' && json
  })
}

/** The header of a bearer token. */
export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

/** Makes an account; answers its header. */
export async function signUp(url: string, email: string) {
  const { status, json } = await call(url, 'POST /api/account', { email, password: 'a long walk home', name: email })
  if (status !== 201) throw new Error(JSON.stringify(json))
  return bearer(json.token)
}
