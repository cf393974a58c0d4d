import type { Openapi, Operation } from '../openapi.js'
import { type Html, html } from './html.js'
import { operationView, refusalView } from './operation-view.js'
import { DOCS_STYLE } from './style.js'

const TITLES = { native: 'IP-to-Portrait', original: 'The replaced system', comfy: 'ComfyUI' } as const

interface Placed {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

/** Writes the description of an API as a page that needs nothing but its own search script. */
export function docsPage(document: Openapi): string {
  const all: readonly Placed[] = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )
  const doors = document.tags.map(({ name, description }) => ({
    name,
    description,
    groups: groupsOf(all.filter(({ operation }) => operation.tags[0] === name)),
  }))
  const { title, version, description } = document.info
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}: API</title>
<style>${DOCS_STYLE}</style>
<header>
<h1>${title} <small>${version}</small></h1>
<p>${description} <a href="/api/openapi.json">OpenAPI 3.1</a></p>
<input type="search" id="search" placeholder="Search ${all.length} routes" aria-label="Search routes" autocomplete="off" hidden>
<p id="none" role="status" hidden>No route has all of these words.</p>
</header>
<nav aria-label="Groups">${doors.map(
    ({ name, groups }) => html`<h2><a href="#${name}">${TITLES[name]}</a></h2>
<ul>${groups.map(([group]) => html`<li><a href="#${name}-${group}">${group}</a></li>`)}</ul>`,
  )}</nav>
<main>
${doors.map(
  ({ name, description, groups }) => html`<section class="door" id="${name}"><h2>${TITLES[name]}</h2>
<p>${description}</p>${refusalView(document, name)}
${groups.map(([group, placed]) => groupView(`${name}-${group}`, group, placed))}</section>
`,
)}</main>
<script src="/docs.js" defer></script>
</html>
`.text
}

type Group = readonly [title: string, placed: readonly Placed[]]

/** By what they are about; what stands alone comes together at the end. */
function groupsOf(all: readonly Placed[]): readonly Group[] {
  const groups = new Map<string, Placed[]>()
  for (const placed of all) groups.set(subjectOf(placed), [...(groups.get(subjectOf(placed)) ?? []), placed])
  const several = [...groups].filter(([, placed]) => placed.length > 1)
  const single = [...groups.values()].filter(placed => placed.length === 1).flat()
  return single.length > 0 ? [...several, ['more', single]] : several
}

/** The first word of a path that says something; in the singular, as sign-in and sign-out are of one and of all. */
const subjectOf = ({ path }: Placed) =>
  (path.replace(/^\/(api|v2|internal|experiment)(?=\/)/, '').split(/[/.]/)[1] ?? '').replace('sessions', 'session')

const groupView = (id: string, title: string, placed: readonly Placed[]): Html =>
  html`<section class="group" id="${id}"><h3>${title}</h3>
${placed.map(({ method, path, operation }) => operationView(method, path, operation))}</section>
`
