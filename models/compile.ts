import type { CatalogueEntry } from './catalogue.js'
import { flushTinyWeights } from './denormals.js'
import { modelBytes } from './onnx/model.js'
import { readTflite } from './tflite.js'
import { tfliteToOnnx } from './tflite-to-onnx/convert.js'

/**
 * Turns a model's file into the ONNX bytes that the runtime loads.
 * @throws when the file is damaged, or asks for something the compiler does not know.
 */
export function compileModel(entry: Pick<CatalogueEntry, 'id' | 'format'>, bytes: Uint8Array): Uint8Array {
  switch (entry.format) {
    case 'onnx':
      return flushTinyWeights(bytes)
    case 'tflite':
      return modelBytes(tfliteToOnnx(readTflite(bytes)))
    case 'data':
      throw new Error(`Model "${entry.id}" must be a network to run, but its file is data to read.`)
  }
}
