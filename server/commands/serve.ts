import { BadArguments, type ExitCode } from '../exit.js'
import { serve as startServing } from '../serve.js'
import { readServerConfig } from '../server-config.js'

/** `portrait serve`: starts the server and ends with it, after Ctrl-C or SIGTERM. */
export async function serve(args: readonly string[]): Promise<ExitCode> {
  if (args.length > 0)
    throw new BadArguments('portrait serve takes no arguments; it is set up by environment variables (see README).')
  // For tests and benchmarks: nodes that ship with no product.
  const modules = process.env.PORTRAIT_TEST_MODULES?.split(',') ?? []
  const serving = await startServing(readServerConfig(), modules)
  process.stdout.write(`Open ${serving.url}\n`)
  await new Promise<void>(resolve => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await serving.close()
  return 0
}
