import { hash } from 'node:crypto'
import type { NodeDefinition } from './node.js'
import type { Binding } from './plan.js'

/**
 * The content key of a step, 64 hex digits. Inputs come in the order of the definition, so the document's own order
 * does not matter; a written default equals an absent one.
 */
export function keyOf(definition: NodeDefinition, origin: string, bindings: readonly Binding[]): string {
  let content = `${definition.type}\n${definition.version}\n${origin}`
  for (const { name, values, from } of bindings) {
    content += `\n${name}${values ? `=${JSON.stringify(values)}` : from.map(link => `<${link.step.key}.${link.output}`).join('')}`
  }
  return hash('sha256', content, 'hex')
}
