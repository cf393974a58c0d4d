import type { TestServer } from '../serving.js'

type Parts = Pick<TestServer, 'services'>

/** Keeps the only lane busy until it is released, so that whatever comes waits. */
export async function occupy(server: Parts): Promise<() => Promise<void>> {
  const { runs, hub } = server.services
  const { id } = await runs.start({
    who: { kind: 'user', id: 'somebody', session: '' },
    name: 'wait',
    workflow: { version: 1, nodes: { wait: { type: 'Wait', inputs: { steps: 5000, ms: 4 } } } },
    door: 'native',
  })
  await begun(server, id)
  return async () => {
    const ended = new Promise<void>(resolve => hub.listen(id, ({ type }) => type === 'run-cancelled' && resolve()))
    await runs.cancel(id)
    await ended
  }
}

/** Resolves when a node of a run is at work, or has been. */
export const begun = ({ services: { hub } }: Parts, run: string) =>
  new Promise<void>(resolve => {
    if ((hub.state(run)?.nodes.size ?? 0) > 0) return resolve()
    hub.listen(run, ({ type }) => type === 'node-started' && resolve())
  })
