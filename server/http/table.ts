import { Refusal } from './refusal.js'
import type { Door, Route } from './route.js'

/** A route that answers at a path. */
export interface Found {
  readonly door: Door
  readonly route: Route
  /** What stands in the path, by the route's parameters; still percent-encoded. */
  readonly params: Readonly<Record<string, string>>
}

/** Finds the routes of doors. */
export interface Table {
  /** All that answer at a path, whatever the method; those that name it more exactly, and of these the first, come first. */
  find(path: string): readonly Found[]
}

/** One segment of paths, and what may follow it. */
interface Segment {
  readonly exact: Map<string, Segment>
  any?: Segment
  readonly ends: { readonly door: Door; readonly route: Route; readonly names: readonly string[] }[]
}

/**
 * Opens the table of all routes at all their places. Not Express's router, in which 200 routes are 400 patterns that
 * take 35 ms to compile when the server starts, and of which each request tries one after another.
 */
export function openTable(doors: readonly Door[]): Table {
  const root = newSegment()
  for (const door of doors)
    for (const prefix of ['', ...(door.prefixes ?? [])])
      for (const route of door.routes) place(root, prefix + route.path, door, route)
  return { find: path => [...walk(root, segmentsOf(path), 0, [])] }
}

const newSegment = (): Segment => ({ exact: new Map(), ends: [] })

/** '/api/runs/' is '/api/runs', as the replaced system has it. */
const segmentsOf = (path: string): readonly string[] => path.replace(/\/$/, '').split('/').slice(1)

function place(root: Segment, path: string, door: Door, route: Route): void {
  const names: string[] = []
  let at = root
  for (const text of segmentsOf(path)) {
    let next = text.startsWith(':') ? at.any : at.exact.get(text)
    if (!next) {
      next = newSegment()
      if (text.startsWith(':')) at.any = next
      else at.exact.set(text, next)
    }
    if (text.startsWith(':')) names.push(text.slice(1))
    at = next
  }
  at.ends.push({ door, route, names })
}

function* walk(
  { exact, any, ends }: Segment,
  segments: readonly string[],
  index: number,
  values: readonly string[],
): Generator<Found> {
  const text = segments[index]
  if (text === undefined) {
    for (const { door, route, names } of ends)
      yield { door, route, params: Object.fromEntries(names.map((name, i) => [name, values[i] as string])) }
    return
  }
  const next = exact.get(text)
  if (next) yield* walk(next, segments, index + 1, values)
  if (any && text !== '') yield* walk(any, segments, index + 1, [...values, text])
}

/** The parameters of a path as they are meant. @throws Refusal 400 for a broken escape */
export function decodeParams(params: Found['params']): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    throw new Refusal(400, 'malformed', 'The path has a "%" that is not followed by the digits of a UTF-8 character.')
  }
}
