import { Html } from './html.js'

/** How the page looks: in the colours of the reader's system, from a phone to a wide screen. */
export const DOCS_STYLE = new Html(`
:root {
  color-scheme: light dark;
  --page: light-dark(#fff, #16181d); --card: light-dark(#f6f7f9, #1f2229); --line: light-dark(#dfe2e8, #343944);
  --text: light-dark(#1b1f27, #e6e8ec); --soft: light-dark(#5b6472, #9aa3b2); --accent: light-dark(#2457c5, #8ab0ff);
  --get: light-dark(#1a6b3c, #6fce98); --post: light-dark(#2457c5, #8ab0ff); --put: light-dark(#8a5a00, #e6b450);
  --delete: light-dark(#b3261e, #ff8f87);
}
* { box-sizing: border-box }
[hidden] { display: none !important }
html { scroll-padding-top: 1rem }
body {
  margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif; display: grid; grid-template: 'header' 'main' / minmax(0, 1fr); gap: 0 3rem;
}
header { grid-area: header }
main { grid-area: main }
nav { display: none }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2 }
h1 small { color: var(--soft); font-size: 1rem; font-weight: normal }
h2 { margin: 2.5rem 0 0; font-size: 1.35rem }
h2 + p { margin-top: .25rem; color: var(--soft) }
h3 { margin: 1.75rem 0 .5rem; font-size: 1rem }
h4 { margin: 1rem 0 .25rem; font-size: .8rem; color: var(--soft); font-weight: 600 }
a { color: var(--accent) }
code { font: .9em/1.4 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; overflow-wrap: anywhere }
input {
  width: 100%; padding: .65rem .8rem; font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: .5rem;
}
:is(input, summary, a):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
details { margin: .4rem 0; background: var(--card); border: 1px solid var(--line); border-radius: .5rem }
summary { padding: .55rem .8rem; cursor: pointer; list-style: none; border-radius: .5rem }
summary::-webkit-details-marker { display: none }
summary::after { content: '+'; grid-area: sign; color: var(--soft); font-family: ui-monospace, monospace }
[open] > summary::after { content: '−' }
.refusal summary { display: flex; justify-content: space-between }
.operation summary { display: grid; grid-template: 'method path sign' 'about about about' / auto 1fr auto; gap: .1rem .6rem; align-items: baseline }
.method { grid-area: method; width: 3.8rem; font-size: .75rem; font-weight: 700; text-transform: uppercase }
.path { grid-area: path; font-weight: 600 }
.about { grid-area: about; color: var(--soft); font-size: .925rem }
.get { color: var(--get) } .post { color: var(--post) } .put, .patch { color: var(--put) } .delete { color: var(--delete) }
.refusal { background: none } .refusal summary { color: var(--soft); font-size: .925rem }
.more { padding: 0 .8rem .8rem; border-top: 1px solid var(--line) }
.who { margin: .7rem 0 0; font-size: .925rem; color: var(--soft) }
.anchor { margin-left: .4rem }
.fields { margin: 0; padding: 0; list-style: none; font-size: .925rem }
.fields li { padding: .3rem 0; border-top: 1px solid var(--line) }
.fields > li:first-child { border-top: 0 }
.fields .fields { margin: .3rem 0 0 .3rem; padding-left: .9rem; border-left: 2px solid var(--line) }
.type { color: var(--soft); overflow-wrap: anywhere } p.type { margin: .2rem 0 }
.mark { color: var(--put); font-size: .85em } .note { display: block }
@media (min-width: 60rem) {
  body { grid-template: 'header header' 'nav main' / 12rem minmax(0, 1fr) }
  nav { grid-area: nav; display: block; position: sticky; top: 0; max-height: 100vh; overflow: auto; padding: 1rem 0; font-size: .925rem }
  nav h2 { margin: 1rem 0 .2rem; font-size: .925rem } nav ul { margin: 0; padding: 0; list-style: none }
  nav a { display: block; padding: .1rem 0; color: var(--text); text-decoration: none } nav a:hover { text-decoration: underline }
  .operation summary { grid-template: 'method path about sign' / auto minmax(0, 20rem) 1fr auto }
}
`)
