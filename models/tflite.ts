import type { FlatTable } from './flatbuffers.js'
import { readFlatBuffer } from './flatbuffers.js'
import { builtinOperators, customOperator } from './tflite-operators.js'

/** The element types of tensors, in the order of their codes. */
const tensorTypes = [
  'float32',
  'float16',
  'int32',
  'uint8',
  'int64',
  'string',
  'bool',
  'int16',
  'complex64',
  'int8',
] as const

/** A tensor of a TFLite graph; activations have no data. */
export interface TfliteTensor {
  readonly name: string
  /** NHWC for pictures. */
  readonly shape: readonly number[]
  readonly type: (typeof tensorTypes)[number]
  readonly data?: Uint8Array
}

/** One step of a TFLite graph; tensors are meant by their index, −1 for an optional input that is not given. */
export interface TfliteOperator {
  /** Built-in name ('CONV_2D') or the name a custom operator goes by. */
  readonly name: string
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** Fields as in the schema's options table for the operator. */
  readonly options?: FlatTable
  /** The bytes a custom operator keeps its options in. */
  readonly customOptions?: Uint8Array
}

/** A TFLite file of one graph. */
export interface TfliteModel {
  readonly tensors: readonly TfliteTensor[]
  readonly operators: readonly TfliteOperator[]
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

/**
 * Reads a TFLite file (schema version 3); tensor data are views into `bytes`.
 * @throws a sentence, whatever the bytes.
 */
export function readTflite(bytes: Uint8Array): TfliteModel {
  const magic = new TextDecoder('latin1').decode(bytes.subarray(4, 8))
  if (magic !== 'TFL3') throw new Error(`A TFLite file must have TFL3 at byte 4, got ${JSON.stringify(magic)}.`)
  const root = readFlatBuffer(bytes)
  const graphs = root.tables(2)
  const [graph] = graphs
  if (!graph || graphs.length > 1) throw new Error(`The TFLite file must have one graph, got ${graphs.length}.`)
  const data = root.tables(4).map(buffer => buffer.bytes(0))
  const names = root.tables(1).map(operatorName)
  const model = {
    tensors: graph.tables(0).map(each => tensor(each, data)),
    operators: graph.tables(3).map(each => operator(each, names)),
    inputs: graph.integers(1),
    outputs: graph.integers(2),
  }
  refuseStrayIndices(model)
  return model
}

function operatorName(code: FlatTable): string {
  // The old field is a byte and holds 127 for what does not fit; the new one is absent in old files.
  const number = Math.max(code.byte(0), code.integer(3))
  return number === customOperator ? code.text(1) : (builtinOperators[number] ?? `built-in operator ${number}`)
}

function tensor(from: FlatTable, buffers: readonly (Uint8Array | undefined)[]): TfliteTensor {
  const [name, shape, type] = [from.text(3), from.integers(0), tensorTypes[from.byte(1)]]
  if (!type) throw new Error(`Tensor "${name}" of the TFLite file has the unknown element type ${from.byte(1)}.`)
  if (shape.some(length => length < 1)) {
    throw new Error(`Tensor "${name}" of the TFLite file must have a fixed shape, got [${shape}].`)
  }
  const data = buffers[from.integer(2)]
  return { name, shape, type, ...(data?.length && { data }) }
}

function operator(from: FlatTable, names: readonly string[]): TfliteOperator {
  const name = names[from.integer(0)]
  if (name === undefined) throw new Error(`The TFLite file has no operator code ${from.integer(0)}.`)
  const [options, customOptions] = [from.table(4), from.bytes(5)]
  return {
    name,
    inputs: from.integers(1),
    outputs: from.integers(2),
    ...(options && { options }),
    ...(customOptions && { customOptions }),
  }
}

function refuseStrayIndices({ tensors, operators, inputs, outputs }: TfliteModel): void {
  const refuse = (index: number, least: number, where: string) => {
    if (index >= least && index < tensors.length) return
    throw new Error(`${where} of the TFLite file names tensor ${index} of ${tensors.length}.`)
  }
  for (const index of [...inputs, ...outputs]) refuse(index, 0, 'The graph')
  for (const { name, inputs: given, outputs: made } of operators) {
    for (const index of given) refuse(index, -1, `Operator ${name}`)
    for (const index of made) refuse(index, 0, `Operator ${name}`)
  }
}
