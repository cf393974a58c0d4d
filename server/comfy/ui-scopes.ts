import { own } from '../../engine/own.js'
import { namedCopy } from './ui-copy.js'
import {
  idOf,
  malformed,
  type UiDocument,
  type UiGraph,
  type UiMode,
  type UiNode,
  type UiSubgraph,
} from './ui-document.js'
import { widgetAt } from './ui-widgets.js'

/** One copy of a graph: the whole document's, or a subgraph's in one of the nodes that stand for it. */
export interface Scope {
  /** What stands before the ids of its nodes: '', '12:', '12:5:'. */
  readonly prefix: string
  readonly graph: UiGraph
  /** Whether all of it is muted or bypassed. */
  readonly mode: UiMode
  readonly outer?: { readonly scope: Scope; readonly node: UiNode; readonly subgraph: UiSubgraph }
  /** By the id of the inner node that stands for it. */
  readonly inner: ReadonlyMap<string, Scope>
  /** Values that the outer node gives to its inputs' widgets, by the input's name. */
  readonly inputValues: ReadonlyMap<string, unknown>
  /** Values that it gives to inner nodes' widgets: node → widget → value. */
  readonly innerValues: ReadonlyMap<string, ReadonlyMap<string, unknown>>
}

/** A few nested subgraphs can stand for billions of nodes; no honest workflow comes near this. */
const MAX_NODES = 20_000

/** A widget of a node that stands for a subgraph: an input's, or that of a node inside. */
export type Promoted =
  | { readonly input: string; readonly node?: undefined }
  | { readonly node: string; readonly widget: string; readonly input?: undefined }

interface Draft extends Scope {
  readonly inner: Map<string, Scope>
}

/**
 * Opens every node that stands for a subgraph; the first scope is the document's own.
 * @throws InvalidWorkflow when a subgraph contains itself, or when they are too many to go on.
 */
export function openScopes({ graph, subgraphs }: UiDocument): readonly Scope[] {
  const none = new Map()
  const root: Draft = { prefix: '', graph, mode: 'on', inner: new Map(), inputValues: none, innerValues: none }
  const scopes: Draft[] = [root]
  let count = 0
  // A list that is walked in order meets what is appended on the way.
  for (const scope of scopes) {
    count += scope.graph.nodes.size + 1
    if (count > MAX_NODES)
      throw malformed(`The workflow has more than ${MAX_NODES} nodes, those in its subgraphs counted; split it.`)
    for (const node of scope.graph.nodes.values()) {
      const subgraph = subgraphs.get(node.type)
      if (!subgraph) continue
      refuseRecursion(scope, subgraph)
      const opened = openScope(scope, node, subgraph)
      scope.inner.set(node.id, opened)
      scopes.push(opened)
    }
  }
  return scopes
}

function openScope(scope: Scope, node: UiNode, subgraph: UiSubgraph): Draft {
  const inputValues = new Map<string, unknown>()
  const innerValues = new Map<string, Map<string, unknown>>()
  for (const [widget, value] of promotedValues(node, subgraph, scope.innerValues.get(node.id))) {
    if (widget.node === undefined) {
      inputValues.set(widget.input, value)
      continue
    }
    const values = innerValues.get(widget.node) ?? new Map<string, unknown>()
    innerValues.set(widget.node, values.set(widget.widget, value))
  }
  return {
    prefix: `${scope.prefix}${node.id}:`,
    graph: subgraph,
    mode: scope.mode === 'on' ? node.mode : scope.mode,
    outer: { scope, node, subgraph },
    inner: new Map(),
    inputValues,
    innerValues,
  }
}

function refuseRecursion(scope: Scope, subgraph: UiSubgraph): void {
  for (let around: Scope | undefined = scope; around; around = around.outer?.scope) {
    if (around.graph === subgraph) {
      throw malformed(`Subgraph "${subgraph.name.slice(0, 80)}" contains itself; take it out of its own nodes.`)
    }
  }
}

/** The widgets that a node shows of the subgraph it stands for, in the order of its `widgets_values`. */
function promotedWidgets({ inputs, properties }: UiNode, subgraph: UiSubgraph): readonly Promoted[] {
  const proxies = own(properties, 'proxyWidgets')
  const pairs = Array.isArray(proxies) ? proxies : subgraph.widgets.length > 0 ? subgraph.widgets : undefined
  if (!pairs) return inputs.filter(({ isWidget }) => isWidget).map(({ name }) => ({ input: name }))
  return pairs.flatMap(pair => {
    const [node, widget] = Array.isArray(pair) ? pair : []
    if (typeof widget !== 'string') return []
    return [idOf(node) === '-1' ? { input: widget } : { node: idOf(node), widget }]
  })
}

/** The values of those widgets, as far as the node or what is around it gives any. */
export function promotedValues(
  node: UiNode,
  subgraph: UiSubgraph,
  given?: ReadonlyMap<string, unknown>,
): readonly (readonly [Promoted, unknown])[] {
  const copied = Array.isArray(node.widgets) ? namedCopy(node)?.read(node.widgets) : undefined
  if (copied) return [...copied, ...(given ?? [])].map(([input, value]) => [{ input }, value])
  return promotedWidgets(node, subgraph).flatMap((widget, index) => {
    const name = widget.node === undefined ? widget.input : widget.widget
    const value = given?.get(name) ?? widgetAt(node, index, name)
    return value === undefined || value === null ? [] : [[widget, value] as const]
  })
}
