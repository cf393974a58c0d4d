import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The folder of our package.json, where `workflows/` and `NOTICE` lie: found by climbing, because the built code is
 * one level deeper than the source.
 */
export function packageRoot(from = dirname(fileURLToPath(import.meta.url))): string {
  if (existsSync(join(from, 'package.json'))) return from
  const parent = dirname(from)
  if (parent === from) throw new Error('The folder with the package.json of ip-to-portrait is missing above the code.')
  return packageRoot(parent)
}
