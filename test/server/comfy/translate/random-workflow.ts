import fc from 'fast-check'
import { accepts, isWritten } from '../../../../engine/check.js'
import type {
  Component,
  Input,
  Link,
  Literal,
  NodeDefinition,
  Port,
  Registry,
  Workflow,
  WorkflowNode,
} from '../../../../engine/index.js'

/** What random workflows may contain. */
export interface RandomOptions {
  readonly flags?: boolean
  readonly components?: boolean
}

type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T

/** An output that later nodes may link to. */
interface Offer {
  readonly link: Link
  readonly port: Port
}

/** Workflows that plan: every node has what it must have, links go back only. */
export const workflows = (registry: Registry, options: RandomOptions = {}): fc.Arbitrary<Workflow> =>
  fc.gen().map(generate => {
    const draw: Draw = arbitrary => generate(() => arbitrary)
    const types = registry.nodes.filter(node => !node.type.startsWith('Broken'))
    const components: Record<string, Component> = {}
    if (options.components) {
      for (const name of ['first', 'the second'].slice(0, draw(fc.nat(2)))) {
        components[name] = drawComponent(draw, types)
      }
    }
    const { nodes } = drawNodes(draw, types, components, options.flags === true)
    const named = draw(fc.boolean()) ? { name: 'A name', description: 'What it is for.' } : {}
    const [first] = Object.keys(nodes)
    const target = first === undefined ? undefined : Object.keys(nodes[first]?.inputs ?? {})[0]
    const parameters =
      first !== undefined && target !== undefined
        ? { parameters: { open: { targets: [{ node: first, input: target }] } } }
        : {}
    return {
      version: 1,
      ...named,
      nodes,
      ...parameters,
      ...(Object.keys(components).length > 0 ? { components } : {}),
    }
  })

function drawNodes(
  draw: Draw,
  types: readonly NodeDefinition[],
  components: Readonly<Record<string, Component>>,
  flags: boolean,
): { nodes: Record<string, WorkflowNode>; offers: Offer[] } {
  const nodes: Record<string, WorkflowNode> = {}
  const offers: Offer[] = []
  const isNumbered = draw(fc.boolean())
  const count = draw(fc.integer({ min: 1, max: 12 }))
  for (let number = 1; number <= count; number++) {
    const id = isNumbered ? String(number) : `node ${number}`
    const names = Object.keys(components)
    const name = names.length > 0 && draw(fc.nat(3)) === 0 ? draw(fc.constantFrom(...names)) : undefined
    const node =
      name === undefined ? drawNode(draw, types, offers) : drawInstance(draw, name, components, types, offers)
    if (!node) continue
    nodes[id] = { ...node.node, ...(flags ? drawFlags(draw) : {}) }
    for (const [output, port] of Object.entries(node.outputs)) offers.push({ link: { node: id, output }, port })
  }
  if (count > 0) {
    // So that there is always something to run.
    nodes.end = { type: 'Values', inputs: { whole: 1 } }
  }
  return { nodes, offers }
}

const drawFlags = (draw: Draw) =>
  draw(fc.constantFrom<Partial<WorkflowNode>>({}, {}, {}, {}, { mute: true }, { bypass: true }))

interface Drawn {
  readonly node: WorkflowNode
  readonly outputs: Readonly<Record<string, Port>>
}

function drawNode(draw: Draw, types: readonly NodeDefinition[], offers: readonly Offer[]): Drawn | undefined {
  const { type, inputs, outputs } = draw(fc.constantFrom(...types))
  const given: [string, Input][] = []
  for (const [name, port] of Object.entries(inputs)) {
    const value = drawInput(draw, port, offers)
    if (value !== undefined) given.push([name, value])
    else if (!port.optional && port.default === undefined) return undefined
  }
  return { node: given.length > 0 ? { type, inputs: Object.fromEntries(given) } : { type }, outputs }
}

function drawInput(draw: Draw, port: Port, offers: readonly Offer[]): Input | undefined {
  const fitting = offers.filter(offer => accepts(port, offer.port))
  const links = fitting.length > 0 ? fc.constantFrom(...fitting.map(({ link }) => link)) : undefined
  const ways: (() => Input | undefined)[] = [() => undefined]
  if (links)
    ways.push(
      () => draw(links),
      () => draw(links),
    )
  if (links && port.list) ways.push(() => draw(fc.array(links, { minLength: 1, maxLength: 3 })))
  const literals = isWritten(port) ? literalsOf(port) : undefined
  if (literals)
    ways.push(
      () => draw(literals),
      () => draw(literals),
    )
  if (literals) ways.push(() => draw(fc.array(literals, { maxLength: 3 })))
  return draw(fc.constantFrom(...ways))()
}

function literalsOf(port: Port): fc.Arbitrary<Literal> {
  if (port.upload) return fc.constant('photo.png')
  switch (port.type) {
    case 'INT':
      return fc.integer({ min: port.min ?? -1000, max: Math.min(port.max ?? 1000, 2 ** 31 - 1) })
    case 'FLOAT':
      return fc
        .integer({ min: Math.ceil((port.min ?? -10) * 8), max: Math.floor((port.max ?? 10) * 8) })
        .map(eighths => eighths / 8)
    case 'TOGGLE':
      return fc.boolean()
    case 'CHOICE':
      return fc.constantFrom(...(port.choices ?? []))
    default:
      return fc.oneof(fc.constantFrom('fixed', 'image', 'a b', 'ünï'), fc.stringMatching(/^[a-z]{1,8}$/))
  }
}

function drawComponent(draw: Draw, types: readonly NodeDefinition[]): Component {
  const { nodes, offers } = drawNodes(draw, types, {}, false)
  const targets = Object.entries(nodes).flatMap(([node, { inputs = {} }]) =>
    Object.entries(inputs)
      .filter(([, value]) => typeof value !== 'object')
      .map(([input]) => ({ node, input })),
  )
  const opened = targets.length > 0 ? draw(fc.uniqueArray(fc.constantFrom(...targets), { maxLength: 3 })) : []
  const offered = offers.length > 0 ? draw(fc.uniqueArray(fc.constantFrom(...offers), { maxLength: 3 })) : []
  const inputs = Object.fromEntries(opened.map((target, index) => [`in ${index}`, [target]]))
  return {
    ...(draw(fc.boolean()) ? { description: 'A part.' } : {}),
    nodes,
    ...(opened.length > 0 ? { inputs } : {}),
    outputs: Object.fromEntries(offered.map(({ link }, index) => [`out ${index}`, link])),
  }
}

function drawInstance(
  draw: Draw,
  name: string,
  components: Readonly<Record<string, Component>>,
  types: readonly NodeDefinition[],
  offers: readonly Offer[],
): Drawn {
  const component = components[name] as Component
  const portOf = (side: 'inputs' | 'outputs', node: string, end: string) =>
    types.find(({ type }) => type === component.nodes[node]?.type)?.[side][end] as Port
  const given = Object.entries(component.inputs ?? {}).flatMap(([input, [target]]) => {
    const value = target && drawInput(draw, portOf('inputs', target.node, target.input), offers)
    return value === undefined ? [] : [[input, value] as const]
  })
  const outputs = Object.entries(component.outputs).map(
    ([output, link]) => [output, portOf('outputs', link.node, link.output)] as const,
  )
  const type = `component/${name}`
  return {
    node: given.length > 0 ? { type, inputs: Object.fromEntries(given) } : { type },
    outputs: Object.fromEntries(outputs),
  }
}
