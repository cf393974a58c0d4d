import { openArtifacts } from './artifacts.js'
import type { Follower, LaneOptions, Outcome, Task } from './lane.js'
import type { NodeContext } from './node.js'

/** Runs tasks in this very thread; what nodes `keep` lives as long as the returned function. */
export function createRunner({
  device,
  folder,
  artifacts,
}: LaneOptions): (task: Task, follower: Follower) => Promise<Outcome> {
  const kept = new Map<string, unknown>()
  const store = openArtifacts(artifacts)
  return async ({ definition, inputs }, follower) => {
    const { signal } = follower
    signal.throwIfAborted()
    const warnings: string[] = []
    const context: NodeContext = {
      signal,
      device,
      folder,
      progress: (step, steps, preview) => {
        follower.progress(step, steps, preview)
        signal.throwIfAborted()
      },
      read: store.read,
      write: store.put,
      warn: message => void warnings.push(message),
      log: follower.log,
      keep: <T>(key: string, make: () => T): T => {
        if (!kept.has(key)) kept.set(key, make())
        return kept.get(key) as T
      },
    }
    const outputs = await definition.run(inputs, context)
    return { outputs, warnings }
  }
}
