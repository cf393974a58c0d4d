import { after } from 'node:test'
import { type Serving, serve } from '../../server/serve.js'
import { readServerConfig, type ServerConfig } from '../../server/server-config.js'
import { passingFolder } from './command.js'
import { SLOW_NODES } from './slow-nodes.js'

/** A server of a test: in this process, with a worker process of its own, in a passing home. */
export interface TestServer extends Serving {
  readonly home: string
}

/** What a test may choose; the rest is as a person's server on loopback. */
export type TestServerOptions = Partial<ServerConfig> & { readonly modules?: readonly string[] }

/** Starts a server that ends, and whose home is removed, when the test file ends; unless it was closed before. */
export async function startServer({ modules = [SLOW_NODES], ...options }: TestServerOptions = {}): Promise<TestServer> {
  let serving: Serving | undefined
  let closing: Promise<void> | undefined
  const close = async () => (closing ??= serving?.close())
  // Before the home's own hook, for hooks run in the order in which they came: what is still written to cannot be removed.
  after(close)
  const home = options.home ?? passingFolder()
  const config = { ...readServerConfig({}), port: 0, logLevel: 'silent', ...options, home }
  serving = await serve(config, modules)
  return { ...serving, home, close }
}
