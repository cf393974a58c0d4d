import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { EmbeddedId } from './catalogue.js'
import { catalogueEntry } from './catalogue.js'
import { readEmbedded } from './embedded.js'

/** Raised when the compiler would now write other bytes: it is part of the name of every compiled file. */
const compilerVersion = 1

/** The ONNX bytes of a model of the catalogue, compiled now; `log` is told how long it took. */
export async function compileEmbedded(model: string, log: (message: string) => void): Promise<Uint8Array> {
  const entry = catalogueEntry(model)
  const bytes = await readEmbedded(model as EmbeddedId)
  // Only now: a start with kept models needs none of the compiler (25 ms).
  const { compileModel } = await import('./compile.js')
  const started = performance.now()
  const compiled = compileModel(entry, bytes)
  log(`Compiled model "${model}" in ${Math.round(performance.now() - started)} ms.`)
  return compiled
}

/** The name of a compiled model's file: another source, compiler or `target` gives another name. */
export function compiledName(model: string, target: string): string {
  const key = digest([catalogueEntry(model).sha256, compilerVersion, target].join(' ')).toString('hex')
  return `${model}-${key.slice(0, 16)}.onnx`
}

const digest = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest()

/** Length of the SHA-256 in front of the bytes of a kept file, by which a half-written or rotten one is known. */
const sealLength = 32

/** What `writeSealed` kept, or undefined when it is not there or not whole. */
export async function readSealed(file: string): Promise<Uint8Array | undefined> {
  const sealed = await readFile(file).catch(() => undefined)
  if (!sealed) return undefined
  const bytes = sealed.subarray(sealLength)
  return digest(bytes).equals(sealed.subarray(0, sealLength)) ? bytes : undefined
}

/** Keeps bytes with their SHA-256 in front, written aside and renamed, so that nobody meets half a file. */
export async function writeSealed(file: string, bytes: Uint8Array): Promise<void> {
  const half = asideName(file)
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(half, [digest(bytes), bytes])
    await rename(half, file)
  } finally {
    await removeAside(half)
  }
}

/** A name beside a file that no other writer has; the process id would not do, threads share it. */
export const asideName = (file: string) => `${file}.${Math.random().toString(36).slice(2)}`

/** Removes what may be left of an interrupted write; nothing there, or nowhere to look, is as good. */
export const removeAside = (file: string) => rm(file, { force: true }).catch(() => undefined)
