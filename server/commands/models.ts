import { catalogue } from '../../models/catalogue.js'
import type { ExitCode } from '../exit.js'

/** `portrait models`: lists the models with purpose, source, size and licence. */
export async function models(): Promise<ExitCode> {
  for (const { id, purpose, bytes, licence, provenance, source } of catalogue) {
    const origin = `${source.package}@${source.version}`
    process.stdout.write(
      `${id}  ${(bytes / 1e6).toFixed(2)} MB  ${licence.id}  ${origin}\n  ${purpose} ${provenance}\n`,
    )
  }
  return 0
}
