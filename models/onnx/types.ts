/** Length of one axis: a number, or a name for a length that is known only when the model runs ('batch', 'tokens'). */
export type Dim = number | string

/** Element types that our graphs use, with ONNX's code (TensorProto.DataType) and the bytes of one element. */
export const elementTypes = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
} as const

/** The type of a tensor's elements. */
export type ElementType = keyof typeof elementTypes

/** A tensor inside a graph, known by its name; type and shape are those it will have at run time. */
export interface Value {
  readonly name: string
  readonly type: ElementType
  readonly dims: readonly Dim[]
}

/** A setting of a node: a whole number, text, whole numbers, or a real number, which must say that it is one. */
export type Attribute = number | string | readonly number[] | { readonly float: number }

/** One operation; an input that is left out is undefined. */
export interface GraphNode {
  readonly operator: string
  /** '' is ONNX's own operators. */
  readonly domain: '' | 'com.microsoft'
  readonly inputs: readonly (Value | undefined)[]
  readonly outputs: readonly Value[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** Where the bytes of a weight lie in a file: read by the runtime, never copied into the model. */
export interface ExternalBytes {
  /** Path below the runtime's folder for external files. */
  readonly location: string
  readonly offset: number
  readonly length: number
}

/** A weight or another constant. */
export interface Initializer {
  readonly value: Value
  readonly data: Uint8Array | ExternalBytes
}

/** A finished graph: plain data, ready to be written. */
export interface GraphData {
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly initializers: readonly Initializer[]
  readonly nodes: readonly GraphNode[]
}
