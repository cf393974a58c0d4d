import type { NodeDefinition } from '../../engine/node.js'
import type { Port, Ports } from '../../engine/port.js'
import { createRegistry } from '../../engine/registry.js'
import { suggest } from '../../engine/suggest.js'
import { pack } from '../../nodes/index.js'
import { BadArguments, type ExitCode } from '../exit.js'

/** `portrait nodes`: lists the nodes by category, or describes one. */
export async function nodes([type]: readonly string[]): Promise<ExitCode> {
  const registry = createRegistry([pack])
  const node = type === undefined ? undefined : registry.get(type)
  if (type !== undefined && !node)
    throw new BadArguments(`There is no node type "${type}".${suggest(type, registry.types)}`)
  const lines = node ? describe(node) : listed(registry.nodes)
  process.stdout.write(`${lines.join('\n')}\n`)
  return 0
}

function listed(all: readonly NodeDefinition[]): string[] {
  const width = Math.max(...all.map(({ type }) => type.length))
  return [...new Set(all.map(({ category }) => category))]
    .sort()
    .flatMap(category => [
      category,
      ...all
        .filter(node => node.category === category)
        .map(node => `  ${node.type.padEnd(width)}  ${firstSentence(node)}`),
    ])
}

const firstSentence = ({ description }: NodeDefinition) => description.match(/^.*?[.](?=\s|$)/)?.[0] ?? description

function describe(node: NodeDefinition): string[] {
  return [
    `${node.type} (version ${node.version}, ${node.category}, runs in the ${node.lane} lane)`,
    node.description,
    'inputs',
    ...ports(node.inputs),
    'outputs',
    ...ports(node.outputs),
  ]
}

const ports = (all: Ports) =>
  Object.entries(all).map(([name, port]) => `  ${name}: ${kind(port)}${port.hint ? `  ${port.hint}` : ''}`)

function kind(port: Port): string {
  const parts = [port.choices?.join('|') ?? port.type]
  if (port.list) parts.push('list')
  if (port.min !== undefined || port.max !== undefined) parts.push(`${port.min ?? '…'} to ${port.max ?? '…'}`)
  if (port.default !== undefined) parts.push(`default ${JSON.stringify(port.default)}`)
  if (port.optional) parts.push('optional')
  if (port.lazy) parts.push('lazy')
  return parts.join(', ')
}
