import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../../engine/root.js'
import type { Services } from '../../services.js'
import { openapi } from '../openapi.js'
import { type Answer, type Door, type Route, route } from '../route.js'
import { docsPage } from './page.js'
import { DOCS_SCRIPT } from './script.js'

/** The description of all other doors: for programs as OpenAPI, for people as a page. */
export function docsDoor(doors: readonly Door[], { config }: Pick<Services, 'config'>): Door {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
  const describe = lazily(() => openapi(doors, { version, access: config.access }))
  const document = lazily(() => answer('application/json', JSON.stringify(describe())))
  const page = lazily(() => answer('text/html; charset=utf-8', docsPage(describe())))
  const script = lazily(() => answer('text/javascript; charset=utf-8', DOCS_SCRIPT))
  const at = (path: string, about: string, handle: Route['handle']) =>
    route({ method: 'get', path, about, access: 'anyone', handle })
  return {
    name: 'native',
    fail: doors[0]!.fail,
    routes: [
      at('/api/openapi.json', 'This description, as OpenAPI 3.1.', document),
      at('/openapi.json', 'The same, where programs of the replaced system look for it.', document),
      at('/docs', 'This description, as a page.', page),
      at('/api/docs', 'The same page.', page),
      at('/docs.js', 'What the page searches with.', script),
    ],
  }
}

const answer = (type: string, text: string): Answer => ({
  bytes: Buffer.from(text),
  headers: { 'Content-Type': type, 'Cache-Control': 'no-cache' },
})

/** Nobody may ever ask. */
function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
