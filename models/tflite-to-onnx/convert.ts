import { onnxGraph } from '../onnx/graph.js'
import { transpose } from '../onnx/operators.js'
import type { GraphData } from '../onnx/types.js'
import type { TfliteModel, TfliteOperator } from '../tflite.js'
import type { Conversion } from './conversion.js'
import { startConversion } from './conversion.js'
import { toChannelsFirst } from './layout.js'
import { converters } from './operators.js'

/**
 * Translates a TFLite graph into an ONNX graph with the same inputs and outputs: names, shapes and order of axes.
 * @throws a sentence that names the operator which is not known or does not fit.
 */
export function tfliteToOnnx(model: TfliteModel): GraphData {
  const graph = onnxGraph()
  const conversion = startConversion(model, graph)
  for (const index of model.inputs) {
    const { name, shape } = conversion.tensor(index)
    const input = graph.input(name, shape)
    conversion.define(index, shape.length === 4 ? transpose(graph, input, toChannelsFirst) : input)
  }
  model.operators.forEach((operator, place) => {
    convertOperator(operator, place, conversion)
  })
  for (const index of model.outputs) graph.output(conversion.tensor(index).name, conversion.channelsLast(index))
  return graph.finish()
}

function convertOperator(operator: TfliteOperator, place: number, conversion: Conversion): void {
  const { name, inputs, outputs } = operator
  try {
    // A dequantised weight is read at once where it is used.
    if (name === 'DEQUANTIZE' && conversion.isConstant(inputs[0])) return
    const convert = converters.get(name)
    if (!convert) throw new Error(`it is not supported; supported are ${[...converters.keys()].join(', ')}`)
    const [output] = outputs
    if (output === undefined || outputs.length > 1) throw new Error(`it must have one output, got ${outputs.length}`)
    conversion.define(output, convert(operator, conversion))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`Operator ${place} (${name}) of the TFLite file cannot be converted: ${reason}`, { cause: error })
  }
}
