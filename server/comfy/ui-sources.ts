import type { PromptLink } from './prompt.js'
import { gathered } from './to-ours.js'
import { passThrough } from './ui-bypass.js'
import { INPUT_NODE } from './ui-document.js'
import type { Scope } from './ui-scopes.js'
import { primitiveValue } from './ui-widgets.js'

/** What really feeds a slot: an output, a value, or several ways where a list of links goes into a subgraph. */
export type UiSource =
  | { readonly link: PromptLink }
  | { readonly value: unknown }
  | { readonly several: readonly { readonly scope: Scope; readonly link: string }[] }
  | undefined

/** Finds what feeds a slot: through reroutes, bypassed nodes and the borders of subgraphs. */
export type FindSource = (scope: Scope, link: string, type: string) => UiSource

/** The next place on the way up, with what is meant if it leads nowhere; or the end of the way. */
type Next = { readonly scope: Scope; readonly link: string; readonly otherwise?: UiSource } | { readonly end: UiSource }

const nothing: Next = { end: undefined }
const along = (scope: Scope, link: string | undefined): Next => (link === undefined ? nothing : { scope, link })

interface Passed {
  readonly ways: Map<string, UiSource>
  readonly way: string
  readonly otherwise: UiSource
}

/** Opens the search; ways once gone are remembered, so that a long row of reroutes costs no more than its length. */
export function openSources(): FindSource {
  const known = new Map<Scope, Map<string, UiSource>>()
  return (scope, link, type) => {
    const passed: Passed[] = []
    let at: Next = { scope, link }
    while ('link' in at) {
      const ways: Map<string, UiSource> = known.get(at.scope) ?? new Map<string, UiSource>()
      known.set(at.scope, ways)
      const way: string = `${at.link}\n${type}`
      if (ways.has(way)) {
        at = { end: ways.get(way) }
        break
      }
      // Until its end is known, a way leads nowhere: reroutes in a circle feed nothing.
      ways.set(way, undefined)
      at = step(at.scope, at.link, type)
      passed.push({ ways, way, otherwise: 'link' in at ? at.otherwise : undefined })
    }
    let end = 'end' in at ? at.end : undefined
    for (const { ways, way, otherwise } of passed.reverse()) {
      end ??= otherwise
      ways.set(way, end)
    }
    return end
  }
}

function step(scope: Scope, id: string, type: string): Next {
  const link = scope.graph.links.get(id)
  if (!link) return nothing
  if (link.origin === INPUT_NODE) return leave(scope, link.originSlot)
  const origin = scope.graph.nodes.get(link.origin)
  if (!origin || origin.mode === 'mute') return nothing
  if (origin.mode === 'bypass') {
    const input = passThrough(origin, link.originSlot, type)
    return along(scope, input === undefined ? undefined : origin.inputs[input]?.link)
  }
  if (origin.type === 'Reroute') return along(scope, origin.inputs[0]?.link)
  if (origin.type === 'PrimitiveNode') return { end: { value: primitiveValue(origin) } }
  const inner = scope.inner.get(origin.id)
  if (inner) return along(inner, inner.outer?.subgraph.outputLinks.get(link.originSlot))
  return { end: { link: [`${scope.prefix}${origin.id}`, link.originSlot] } }
}

/** Out of a subgraph: what feeds the outer node's slot, else the value of the slot's widget. */
function leave({ outer, inputValues }: Scope, slot: number): Next {
  if (!outer) return nothing
  const name = outer.subgraph.inputs[slot]
  const input = outer.node.inputs.find(input => input.name === name) ?? outer.node.inputs[slot]
  const value = name === undefined ? undefined : inputValues.get(name)
  const own = value === undefined ? undefined : { value }
  if (input?.link !== undefined) return { scope: outer.scope, link: input.link, otherwise: own }
  const links = gathered(
    name ?? '',
    outer.node.inputs.map(({ name, link }) => [name, link] as const),
  )
  const several = links.flatMap(link => (link === undefined ? [] : [{ scope: outer.scope, link }]))
  return { end: several.length > 0 ? { several } : own }
}
