import type { NodeDefinition, NodePack } from './node.js'

/** The nodes that workflows may use. */
export interface Registry {
  get(type: string): NodeDefinition | undefined
  /** What identifies the pack in cache keys: '' for built-in nodes, 'name@version' for a plugin's. */
  origin(type: string): string
  readonly types: readonly string[]
  readonly nodes: readonly NodeDefinition[]
}

/**
 * Joins packs of nodes into one registry.
 * @throws when two packs define one type, for a workflow could then mean two things.
 */
export function createRegistry(packs: readonly NodePack[]): Registry {
  const entries = new Map<string, { node: NodeDefinition; pack: NodePack }>()
  for (const pack of packs) {
    for (const node of pack.nodes) {
      const other = entries.get(node.type)
      if (other) throw new Error(`Node type "${node.type}" of ${pack.name} exists already in ${other.pack.name}.`)
      entries.set(node.type, { node, pack })
    }
  }
  const originOf = ({ name, version }: NodePack) => (version === undefined ? '' : `${name}@${version}`)
  return {
    get: type => entries.get(type)?.node,
    origin: type => {
      const entry = entries.get(type)
      return entry ? originOf(entry.pack) : ''
    },
    types: [...entries.keys()],
    nodes: [...entries.values()].map(entry => entry.node),
  }
}
