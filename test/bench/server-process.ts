import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'

const CLI = fileURLToPath(new URL('../../server/cli.js', import.meta.url))
const MODULES = ['../engine/nodes.js', './bench-nodes.js'].map(path => new URL(path, import.meta.url).href)

/** `portrait serve` as a process of its own. */
export interface BenchServer {
  readonly url: string
  readonly home: string
  readonly child: ChildProcess
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<BenchAnswer>
  /** Resident memory in MiB, of the server's process and of its worker's, if there is one. */
  memory(): { readonly server: number; readonly worker?: number }
  workerPid(): number | undefined
  /** Ends the process; by SIGTERM it may take its time. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

export interface BenchAnswer {
  readonly status: number
  readonly body: Buffer
  json<T>(): T
}

/** A folder that the benchmark removes. */
export const benchHome = () => mkdtempSync(join(tmpdir(), 'portrait-bench-'))
export const removeHome = (home: string) => rmSync(home, { recursive: true, force: true, maxRetries: 5 })

/** Starts a server; resolves when it says that it listens. */
export async function startProcess(home: string): Promise<BenchServer> {
  const env = {
    ...process.env,
    PORTRAIT_HOME: home,
    PORTRAIT_PORT: '0',
    PORTRAIT_LOG: 'silent',
    PORTRAIT_QUEUE_LIMIT: '1000000',
    PORTRAIT_TEST_MODULES: MODULES.join(','),
  }
  const child = spawn(process.execPath, [CLI, 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await new Promise<string>((resolve, reject) => {
    let out = ''
    child.stdout.on('data', part => {
      out += part
      const [, url] = /Open (http:\/\/\S+)/.exec(out) ?? []
      if (url) resolve(url)
    })
    child.once('exit', code => reject(new Error(`The server ended with code ${code} before it listened.`)))
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  return {
    url,
    home,
    child,
    request: (method, path, body, headers = {}) => ask(agent, `${url}${path}`, method, body, headers),
    memory: () => {
      const [server, worker] = processesOf(child.pid as number)
      return { server: server?.mebibytes ?? Number.NaN, ...(worker ? { worker: worker.mebibytes } : {}) }
    },
    workerPid: () => processesOf(child.pid as number)[1]?.pid,
    stop: async (signal = 'SIGTERM') => {
      agent.destroy()
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill(signal)
      await exit
    },
  }
}

function ask(
  agent: Agent,
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<BenchAnswer> {
  const isRaw = body === undefined || Buffer.isBuffer(body)
  const bytes = isRaw ? (body as Buffer | undefined) : Buffer.from(JSON.stringify(body))
  const type = isRaw ? {} : { 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      agent,
      method,
      headers: { ...type, 'content-length': bytes?.length ?? 0, ...headers },
    })
    request.on('error', reject)
    request.on('response', response => {
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(parts)
        resolve({ status: response.statusCode ?? 0, body, json: () => JSON.parse(body.toString()) })
      })
    })
    request.end(bytes)
  })
}

/** A process and its children, itself first. */
function processesOf(pid: number): { pid: number; mebibytes: number }[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' }).trim().split('\n')
  const all = lines.map(line => line.trim().split(/\s+/).map(Number) as [number, number, number])
  const own = all
    .filter(([id, parent]) => id === pid || parent === pid)
    .sort(([a], [b]) => Number(b === pid) - Number(a === pid))
  return own.map(([id, , kibibytes]) => ({ pid: id, mebibytes: kibibytes / 1024 }))
}

/** A socket that hands each JSON message and each frame to a function. */
export async function openSocket(
  url: string,
  receive: (message: Record<string, unknown>) => void,
  receiveFrame: (frame: Buffer) => void = () => {},
): Promise<WebSocket> {
  const ws = new WebSocket(url.replace(/^http/, 'ws'), { perMessageDeflate: false })
  ws.on('message', (data: Buffer, isBinary) => (isBinary ? receiveFrame(data) : receive(JSON.parse(data.toString()))))
  await once(ws, 'open')
  return ws
}
