import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../../engine/root.js'
import { encodePng } from '../../../nodes/image/png.js'
import type { HistoryItem } from '../../../server/original/history.js'
import type { GenerationTask } from '../../../server/original/task.js'
import type { TestServer } from '../serving.js'

export type { GenerationTask, HistoryItem }

const DEMO = join(packageRoot(), 'workflows', 'demo')
export const facePhoto = () => readFile(join(DEMO, 'face.jpg'))
export const scenePhoto = () => readFile(join(DEMO, 'reference.png'))

/** A picture with nobody in it. */
export const greyPicture = () =>
  encodePng({ width: 64, height: 64, channels: 3, data: new Uint8Array(64 * 64 * 3).fill(128) })

export interface Reply {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: a client of the replaced system knows no types
  readonly json: any
}

/** What `/start` answers. */
export interface Started {
  readonly batch_id: string
  readonly tasks: readonly GenerationTask[]
  readonly total_count: number
  readonly ignored_params: readonly string[]
}

/** A client of the replaced system: somebody, or nobody known. */
export interface OriginalClient {
  readonly token?: string
  call(method: string, path: string, body?: unknown): Promise<Reply>
  upload(bytes: Uint8Array, name?: string, type?: string): Promise<Reply>
  /** Uploads the demo's face and starts with it. */
  start(request?: Record<string, unknown>): Promise<Started>
  /** The tasks, once none of them waits or works. */
  ended(batch: string): Promise<readonly GenerationTask[]>
}

/** Makes a client of a server. */
export function clientOf({ url }: Pick<TestServer, 'url'>, token?: string): OriginalClient {
  const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {}
  const read = async (response: Response): Promise<Reply> => ({ status: response.status, json: await response.json() })
  const call: OriginalClient['call'] = async (method, path, body) =>
    read(
      await fetch(url + path, {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    )
  const upload: OriginalClient['upload'] = async (bytes, name = 'face.jpg', type = 'image/jpeg') => {
    const form = new FormData()
    form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>], { type }), name)
    return read(await fetch(`${url}/api/upload/image`, { method: 'POST', headers, body: form }))
  }
  return {
    ...(token ? { token } : {}),
    call,
    upload,
    start: async request => {
      const face_image_id = request?.face_image_id ?? (await upload(await facePhoto())).json.id
      const reply = await call('POST', '/api/generation/start', { ...request, face_image_id })
      assert.equal(reply.status, 200, JSON.stringify(reply.json))
      return reply.json
    },
    ended: async batch => {
      for (;;) {
        const { json } = await call('GET', `/api/generation/status/${batch}`)
        const tasks: readonly GenerationTask[] = json.tasks
        if (tasks.every(({ status }) => status !== 'pending' && status !== 'processing')) return tasks
        await sleep(20)
      }
    },
  }
}

/** A client with an account of its own. */
export async function memberOf(server: Pick<TestServer, 'url'>, name: string): Promise<OriginalClient> {
  const { call } = clientOf(server)
  const email = `${name}@example.com`
  const password = `the long pass of ${name}`
  assert.equal((await call('POST', '/api/auth/register', { email, password, name })).status, 200)
  const { json } = await call('POST', '/api/auth/login', { email, password })
  return clientOf(server, json.token)
}
