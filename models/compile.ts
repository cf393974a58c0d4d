import type { CatalogueEntry } from './catalogue.js'

/** Raised when `compileModel` would now write other bytes: it is part of the name of every compiled file. */
export const compilerVersion = 1

/**
 * Turns a model's file into the ONNX bytes that the runtime loads.
 * @throws when the file is damaged, or asks for something the compiler does not know.
 */
export function compileModel(entry: CatalogueEntry, bytes: Uint8Array): Uint8Array {
  switch (entry.format) {
    case 'onnx':
      return bytes
    default:
      throw new Error(`Model "${entry.id}" is ${entry.format}, which is data to read, not a network to run.`)
  }
}
