import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SLOW_NODES } from './slow-nodes.js'

const CLI = fileURLToPath(new URL('../../server/cli.js', import.meta.url))

/** A server as a process of its own: what can be killed. */
export interface ServerProcess {
  readonly url: string
  readonly child: ChildProcess
  /** Sends the signal and waits until the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>
}

/**
 * Starts `portrait serve` on a free port; resolves when it says where it listens.
 * @throws what the process wrote to stderr, if it ends instead.
 */
export async function startProcess(home: string, environment: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
  const child = spawn(process.execPath, [CLI, 'serve'], {
    env: {
      ...process.env,
      PORTRAIT_HOME: home,
      PORTRAIT_PORT: '0',
      PORTRAIT_LOG: 'warn',
      PORTRAIT_TEST_MODULES: SLOW_NODES,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const gone = once(child, 'exit')
  after(() => void child.kill('SIGKILL'))
  let err = ''
  child.stderr.on('data', part => {
    err += part
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (part: Buffer) => {
      const [, found] = /Open (\S+)/.exec(String(part)) ?? []
      if (found) resolve(found)
    })
    gone.then(() => reject(new Error(err)), reject)
  })
  return {
    url,
    child,
    end: async signal => {
      child.kill(signal)
      await gone
    },
  }
}
