import type { FlatTable } from '../flatbuffers.js'
import type { Graph } from '../onnx/graph.js'
import { elements } from '../onnx/graph.js'
import { transpose } from '../onnx/operators.js'
import type { Value } from '../onnx/types.js'
import type { TfliteModel, TfliteOperator, TfliteTensor } from '../tflite.js'
import type { Constant } from './layout.js'
import { floatsOfHalves, permute, permuted, toChannelsFirst, toChannelsLast } from './layout.js'

/**
 * A TFLite graph on its way to ONNX. Activations of four axes are kept channels first throughout, so that nothing is
 * transposed between convolutions.
 */
export interface Conversion {
  readonly graph: Graph
  tensor(index: number | undefined): TfliteTensor
  /** A tensor as ONNX value, channels first when it has four axes. */
  value(index: number | undefined): Value
  /** A tensor as ONNX value in TFLite's own order of axes. */
  channelsLast(index: number | undefined): Value
  /** Puts a value of TFLite's own order into the order that activations are kept in. */
  channelsFirst(value: Value): Value
  isConstant(index: number | undefined): boolean
  /** The numbers of a constant, in TFLite's order; @throws when the tensor is computed. */
  constant(index: number | undefined): Constant
  /** The whole numbers of a constant; @throws when the tensor is computed. */
  integers(index: number | undefined): readonly number[]
  define(index: number, value: Value): void
}

/** One operator's conversion: makes the ONNX value of its only output. */
export type Converter = (operator: TfliteOperator, conversion: Conversion) => Value

/** Starts the conversion of a model into a graph. */
export function startConversion({ tensors, operators }: TfliteModel, graph: Graph): Conversion {
  const values = new Map<number, Value>()
  // Weights lie in the file at half precision; what DEQUANTIZE makes of them is the constant that operators name.
  const halves = new Map(
    operators.flatMap(({ name, inputs, outputs }) =>
      name === 'DEQUANTIZE' ? [[outputs[0] ?? -1, inputs[0] ?? -1] as const] : [],
    ),
  )

  function tensor(index: number | undefined): TfliteTensor {
    const found = index === undefined ? undefined : tensors[index]
    if (found) return found
    throw new Error('an input that it needs is missing')
  }

  const stored = (index: number | undefined) => tensor(index === undefined ? index : (halves.get(index) ?? index))
  const isConstant = (index: number | undefined) => stored(index).data !== undefined

  function constant(index: number | undefined): Constant {
    const { name, shape, type, data } = stored(index)
    if (type !== 'float32' && type !== 'float16')
      throw new Error(`constant "${name}" must be real numbers, got ${type}`)
    if (!data) throw new Error(`"${name}" must be a constant, but it is computed`)
    return { dims: shape, data: numbers(data, type, shape, name) }
  }

  function value(index: number | undefined): Value {
    const known = values.get(index ?? -1)
    if (known) return known
    if (!isConstant(index)) throw new Error(`"${tensor(index).name}" is used before it is computed`)
    const numbers = constant(index)
    const { dims, data } = numbers.dims.length === 4 ? permute(numbers, toChannelsFirst) : numbers
    const made = graph.floats(data, dims)
    values.set(index ?? -1, made)
    return made
  }

  function channelsLast(index: number | undefined): Value {
    const kept = value(index)
    return kept.dims.length === 4 ? transpose(graph, kept, toChannelsLast) : kept
  }

  function define(index: number, made: Value): void {
    const { name, shape } = tensor(index)
    const wanted = shape.length === 4 ? permuted(shape, toChannelsFirst) : shape
    if (`${wanted}` !== `${made.dims}`) throw new Error(`"${name}" must have shape [${wanted}], got [${made.dims}]`)
    values.set(index, made)
  }

  return {
    graph,
    tensor,
    value,
    channelsLast,
    channelsFirst: made => (made.dims.length === 4 ? transpose(graph, made, toChannelsFirst) : made),
    isConstant,
    constant,
    integers: index => integers(stored(index)),
    define,
  }
}

function numbers(data: Uint8Array, type: 'float32' | 'float16', shape: readonly number[], name: string): Float32Array {
  const size = type === 'float32' ? 4 : 2
  if (data.length !== elements(shape) * size) {
    throw new Error(
      `constant "${name}" of shape [${shape}] must be ${elements(shape) * size} bytes, got ${data.length}`,
    )
  }
  // A copy, because a view of numbers must begin at a multiple of their size; not slice(): that of a Buffer shares.
  const aligned = new Uint8Array(data).buffer
  return type === 'float32' ? new Float32Array(aligned) : floatsOfHalves(new Uint16Array(aligned))
}

function integers({ name, type, data }: TfliteTensor): readonly number[] {
  if (type === 'int32' && data && data.length % 4 === 0) return Array.from(new Int32Array(new Uint8Array(data).buffer))
  throw new Error(`"${name}" must be constant whole numbers of 32 bits`)
}

/** The options of an operator that cannot do without. */
export function optionsOf({ options }: TfliteOperator): FlatTable {
  if (options) return options
  throw new Error('its options are missing')
}
