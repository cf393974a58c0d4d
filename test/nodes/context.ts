import { hash } from 'node:crypto'
import { tmpdir } from 'node:os'
import type { NodeContext } from '../../engine/node.js'

/** The surroundings of one node in a test: artifacts in memory, and what the node said. */
export interface TestContext extends NodeContext {
  readonly artifacts: Map<string, Uint8Array>
  readonly warnings: string[]
  readonly logs: string[]
}

/** A context over an in-memory store; `overrides` replace parts of it. */
export function testContext(overrides: Partial<TestContext> = {}): TestContext {
  const artifacts = overrides.artifacts ?? new Map<string, Uint8Array>()
  const [warnings, logs]: [string[], string[]] = [[], []]
  const kept = new Map<string, unknown>()
  return {
    artifacts,
    warnings,
    logs,
    signal: new AbortController().signal,
    device: 'cpu',
    folder: tmpdir(),
    progress: () => {},
    read: async name => {
      const bytes = artifacts.get(name)
      if (!bytes) throw new Error(`Artifact ${name} is not in this test's store.`)
      return bytes
    },
    write: async (bytes, extension) => {
      const name = `${hash('sha256', bytes, 'hex')}.${extension}`
      artifacts.set(name, bytes)
      return name
    },
    warn: message => void warnings.push(message),
    log: message => void logs.push(message),
    keep: <T>(key: string, make: () => T): T => {
      if (!kept.has(key)) kept.set(key, make())
      return kept.get(key) as T
    },
    ...overrides,
  }
}
