import { bytesField, floatField, join, messageField, textField, varintField } from '../protobuf.js'
import type { Attribute, Dim, ExternalBytes, GraphData, GraphNode, Initializer, Value } from './types.js'
import { elementTypes } from './types.js'

// Numbers of fields and types below are those of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).

/** Version of the file format; 8 goes with opset 17. */
const irVersion = 8
/** Versions of the operator sets that our graphs are written against. */
const opsets = { '': 17, 'com.microsoft': 1 } as const

/** The bytes of an ONNX file (ModelProto) with a graph. */
export function modelBytes(graph: GraphData): Uint8Array {
  const domains = [...new Set(['' as const, ...graph.nodes.map(node => node.domain)])]
  return join([
    varintField(1, irVersion),
    textField(2, 'ip-to-portrait'),
    messageField(7, graphFields(graph)),
    ...domains.map(domain => messageField(8, [textField(1, domain), varintField(2, opsets[domain])])),
  ])
}

const graphFields = ({ nodes, initializers, inputs, outputs }: GraphData) => [
  ...nodes.map(node => messageField(1, nodeFields(node))),
  textField(2, 'graph'),
  ...initializers.map(initializer => messageField(5, tensorFields(initializer))),
  ...inputs.map(value => messageField(11, valueFields(value))),
  ...outputs.map(value => messageField(12, valueFields(value))),
]

const nodeFields = ({ operator, domain, inputs, outputs, attributes }: GraphNode) => [
  // An input that is left out keeps its place by an empty name.
  ...inputs.map(value => textField(1, value?.name ?? '')),
  ...outputs.map(value => textField(2, value.name)),
  textField(3, outputs[0]?.name ?? operator),
  textField(4, operator),
  ...Object.entries(attributes).map(([name, value]) =>
    messageField(5, [textField(1, name), ...attributeFields(value)]),
  ),
  textField(7, domain),
]

/** Field 20 is the type of the attribute, without which readers refuse it. */
function attributeFields(value: Attribute): readonly Uint8Array[] {
  if (typeof value === 'number') return [varintField(3, value), varintField(20, 2)]
  if (typeof value === 'string') return [textField(4, value), varintField(20, 3)]
  if ('float' in value) return [floatField(2, value.float), varintField(20, 1)]
  return [...value.map(each => varintField(8, each)), varintField(20, 7)]
}

const tensorFields = ({ value, data }: Initializer) => [
  ...value.dims.map(dim => varintField(1, Number(dim))),
  varintField(2, elementTypes[value.type].code),
  textField(8, value.name),
  ...(data instanceof Uint8Array ? [bytesField(9, data)] : externalFields(data)),
]

function externalFields({ location, offset, length }: ExternalBytes): readonly Uint8Array[] {
  const entries = { location, offset: String(offset), length: String(length) }
  const pairs = Object.entries(entries).map(([key, text]) => messageField(13, [textField(1, key), textField(2, text)]))
  return [...pairs, varintField(14, 1)]
}

function valueFields({ name, type, dims }: Value): readonly Uint8Array[] {
  const shape = dims.map(dim => messageField(1, [dimField(dim)]))
  const tensor = [varintField(1, elementTypes[type].code), messageField(2, shape)]
  return [textField(1, name), messageField(2, [messageField(1, tensor)])]
}

const dimField = (dim: Dim) => (typeof dim === 'number' ? varintField(1, dim) : textField(2, dim))
