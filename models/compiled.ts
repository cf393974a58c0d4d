import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EmbeddedId } from './catalogue.js'
import { catalogueEntry } from './catalogue.js'
import { compileModel, compilerVersion } from './compile.js'
import { readEmbedded } from './embedded.js'

/** The surroundings of compiling: where results are kept and who is told. */
export interface CompileOptions {
  readonly folder: string
  log(message: string): void
}

/**
 * The ONNX bytes of a model: from `folder` when it was compiled before, else compiled now and kept there.
 * A kept file that is damaged is compiled anew; a folder that cannot be written costs the next start the time again.
 */
export async function readCompiled(model: string, options: CompileOptions): Promise<Uint8Array> {
  const entry = catalogueEntry(model)
  const key = digest(`${entry.sha256} ${compilerVersion}`).toString('hex')
  const file = join(options.folder, `${model}-${key.slice(0, 16)}.onnx`)
  const kept = await readSealed(file)
  if (kept) return kept
  const started = performance.now()
  const compiled = compileModel(entry, await readEmbedded(model as EmbeddedId))
  options.log(`Compiled model "${model}" in ${Math.round(performance.now() - started)} ms.`)
  await writeSealed(file, compiled).catch((error: Error) =>
    options.log(
      `The compiled model "${model}" could not be kept (${error.message}); the next start compiles it again.`,
    ),
  )
  return compiled
}

const digest = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest()

/** Length of the SHA-256 in front of the bytes of a kept file, by which a half-written or rotten one is known. */
const sealLength = 32

async function readSealed(file: string): Promise<Uint8Array | undefined> {
  const sealed = await readFile(file).catch(() => undefined)
  if (!sealed) return undefined
  const bytes = sealed.subarray(sealLength)
  return digest(bytes).equals(sealed.subarray(0, sealLength)) ? bytes : undefined
}

async function writeSealed(file: string, bytes: Uint8Array): Promise<void> {
  // A name of its own for each writer: threads of one process share the pid.
  const half = `${file}.${process.pid}-${Math.random().toString(36).slice(2)}`
  try {
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(half, [digest(bytes), bytes])
    await rename(half, file)
  } finally {
    await rm(half, { force: true })
  }
}
