import type { Graph } from '../onnx/graph.js'
import { relu } from '../onnx/operators.js'
import type { Value } from '../onnx/types.js'

/** The activation that TFLite folds into another operator, by its code (schema: ActivationFunctionType). */
export function fusedActivation(graph: Graph, x: Value, code: number): Value {
  if (code === 0) return x
  if (code === 1) return relu(graph, x)
  throw new Error(`the fused activation must be none (0) or RELU (1), got ${code}`)
}
