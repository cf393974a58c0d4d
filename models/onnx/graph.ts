import type { Attribute, Dim, ElementType, ExternalBytes, GraphData, GraphNode, Initializer, Value } from './types.js'
import { elementTypes } from './types.js'

/** What a node is told besides its inputs: the shape it makes, its settings, whose operator it is. */
export interface NodeOptions {
  readonly dims: readonly Dim[]
  /** Without: the type of the first input. */
  readonly type?: ElementType
  readonly attributes?: Readonly<Record<string, Attribute>>
  readonly domain?: GraphNode['domain']
}

/** A graph under construction: values go in, values come out, nothing is named by hand but inputs and outputs. */
export interface Graph {
  input(name: string, dims: readonly Dim[], type?: ElementType): Value
  output(name: string, value: Value): void
  /** Real numbers that the model carries within. */
  floats(numbers: Float32Array | readonly number[], dims?: readonly number[]): Value
  /** Whole numbers that the model carries within: shapes, axes, indices. */
  integers(numbers: readonly number[], dims?: readonly number[]): Value
  /** A weight that stays in the file it is in. */
  external(name: string, type: ElementType, dims: readonly number[], bytes: ExternalBytes): Value
  /** One operation with one output; the functions in operators.ts know their shapes and are what to call. */
  node(operator: string, inputs: readonly (Value | undefined)[], options: NodeOptions): Value
  finish(): GraphData
}

/** How many elements a shape of known lengths has. */
export const elements = (dims: readonly number[]) => dims.reduce((product, length) => product * length, 1)

/** Starts an empty graph. */
export function onnxGraph(): Graph {
  const inputs: Value[] = []
  const outputs: Value[] = []
  const initializers: Initializer[] = []
  const nodes: GraphNode[] = []
  const known = new Map<string, Value>()
  const taken = new Set<string>()

  function named(name: string, type: ElementType, dims: readonly Dim[]): Value {
    if (taken.has(name)) throw new Error(`The graph has a value "${name}" already; names must differ.`)
    taken.add(name)
    return { name, type, dims }
  }

  function constant(type: ElementType, numbers: Float32Array | BigInt64Array, dims: readonly number[]): Value {
    if (elements(dims) !== numbers.length) {
      throw new Error(`A constant of shape [${dims}] must have ${elements(dims)} elements, got ${numbers.length}.`)
    }
    const data = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
    const key = data.length > longestShared ? undefined : `${type} ${dims} ${data}`
    const shared = key && known.get(key)
    if (shared) return shared
    const value = named(`constant_${initializers.length}`, type, dims)
    initializers.push({ value, data })
    if (key) known.set(key, value)
    return value
  }

  return {
    input(name, dims, type = 'float32') {
      const value = named(name, type, dims)
      inputs.push(value)
      return value
    },
    output(name, value) {
      // A node of its own, so that a value may be two outputs, or an input too.
      const output = named(name, value.type, value.dims)
      nodes.push({ operator: 'Identity', domain: '', inputs: [value], outputs: [output], attributes: {} })
      outputs.push(output)
    },
    floats: (numbers, dims = [numbers.length]) => constant('float32', new Float32Array(numbers), dims),
    integers: (numbers, dims = [numbers.length]) =>
      constant(
        'int64',
        BigInt64Array.from(numbers, number => BigInt(number)),
        dims,
      ),
    external(name, type, dims, data) {
      refuseOtherLength(name, elements(dims) * elementTypes[type].bytes, data)
      const value = named(name, type, dims)
      initializers.push({ value, data })
      return value
    },
    node(operator, given, { dims, type = given[0]?.type ?? 'float32', attributes = {}, domain = '' }) {
      const value = named(`${operator}_${nodes.length}`, type, dims)
      nodes.push({ operator, domain, inputs: given, outputs: [value], attributes })
      return value
    },
    finish: () => ({ inputs, outputs, initializers, nodes }),
  }
}

/** Bytes up to which equal constants are looked for: axes and shapes repeat, weights do not. */
const longestShared = 128

function refuseOtherLength(name: string, wanted: number, { location, offset, length }: ExternalBytes): void {
  if (length === wanted && offset >= 0) return
  throw new Error(`Weight "${name}" must be ${wanted} bytes, got ${length} bytes at ${offset} of ${location}.`)
}
