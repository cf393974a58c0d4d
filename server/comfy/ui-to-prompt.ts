import { InvalidWorkflow } from '../../engine/errors.js'
import type { Registry } from '../../engine/registry.js'
import { type ComfyNodes, comfyNodes } from './comfy-names.js'
import { displayName } from './object-info.js'
import { type Prompt, type PromptLink, type PromptNode, wrap } from './prompt.js'
import { malformed, readUi, type UiNode } from './ui-document.js'
import { openScopes, type Scope } from './ui-scopes.js'
import { type FindSource, openSources, type UiSource } from './ui-sources.js'
import { widgetValues } from './ui-widgets.js'

/** The editor's own nodes, which never run. */
const VIRTUAL = new Set(['Reroute', 'PrimitiveNode', 'Note', 'MarkdownNote'])

/** The widget behind a seed, which a node outside may show as well, but which is no input. */
const CONTROL = 'control_after_generate'

/** Whether a node only exists on the canvas. */
export const isVirtual = ({ type }: UiNode): boolean => VIRTUAL.has(type)

/**
 * Makes of a file of ComfyUI's editor (0.4 or 1.0) the prompt that the editor would send.
 * @throws InvalidWorkflow for what is no such file.
 */
export function uiToPrompt(document: unknown, registry: Registry): Prompt {
  const nodes = comfyNodes(registry)
  const find = openSources()
  const prompt = new Map<string, PromptNode>()
  for (const scope of openScopes(readUi(document))) {
    for (const node of scope.graph.nodes.values()) {
      if (!runs(node, scope)) continue
      refuseGroupNode(node)
      const id = `${scope.prefix}${node.id}`
      if (prompt.has(id)) throw malformed(`The workflow has two nodes "${id.slice(0, 80)}"; give one another id.`)
      prompt.set(id, promptNode(node, scope, nodes, find))
    }
  }
  return Object.fromEntries(prompt)
}

const runs = (node: UiNode, { mode, inner }: Scope): boolean =>
  mode === 'on' && node.mode === 'on' && !isVirtual(node) && !inner.has(node.id)

/** @throws InvalidWorkflow for a node of the old kind that subgraphs replaced. */
export function refuseGroupNode({ id, type }: UiNode): void {
  if (!/^workflow[>/]/.test(type)) return
  const name = type.slice('workflow/'.length, 100)
  const message = `Node "${id}" is the group node "${name}", a kind that subgraphs replaced; in ComfyUI, turn it into a subgraph or nodes and save again.`
  throw new InvalidWorkflow([{ code: 'unknown-node', node: id, message }])
}

function promptNode(node: UiNode, scope: Scope, nodes: ComfyNodes, find: FindSource): PromptNode {
  const known = nodes(node.type)
  const inputs = new Map<string, unknown>()
  for (const { name, unwritten } of known?.inputs ?? []) if (unwritten !== undefined) inputs.set(name, unwritten)
  for (const [name, value] of widgetValues(node, known)) inputs.set(name, wrap(value))
  for (const [name, value] of scope.innerValues.get(node.id) ?? []) if (name !== CONTROL) inputs.set(name, wrap(value))
  for (const { name, type, link } of node.inputs) {
    const source = link === undefined ? undefined : find(scope, link, type)
    if (!source) continue
    if (!('several' in source)) {
      inputs.set(name, 'link' in source ? source.link : wrap(source.value))
      continue
    }
    inputs.delete(name)
    for (const [index, one] of linksOf(source, type, find).entries()) inputs.set(`${name}.${index}`, one)
  }
  return {
    class_type: node.type,
    inputs: Object.fromEntries(inputs),
    _meta: { title: node.title ?? displayName(node.type) },
  }
}

/** The outputs behind several ways, in their order. */
const linksOf = (source: UiSource, type: string, find: FindSource): PromptLink[] => {
  if (!source || 'value' in source) return []
  if ('link' in source) return [source.link]
  return source.several.flatMap(({ scope, link }) => linksOf(find(scope, link, type), type, find))
}
