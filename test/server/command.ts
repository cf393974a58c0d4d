import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../server/cli.js', import.meta.url))

/** How a command ended. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A folder that is removed when the test file ends. */
export function passingFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portrait-cli-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs `portrait` as a process of its own; `started` is called with its lines as they come. */
export function portrait(
  home: string,
  args: readonly string[],
  started?: (child: ReturnType<typeof spawn>, line: string) => void,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], { env: { ...process.env, PORTRAIT_HOME: home } })
    let [out, err] = ['', '']
    child.stdout.on('data', (part: Buffer) => {
      out += part
      started?.(child, String(part))
    })
    child.stderr.on('data', (part: Buffer) => {
      err += part
    })
    child.on('error', reject)
    child.on('close', code => resolve({ code, out, err }))
  })
}
