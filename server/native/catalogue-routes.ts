import { hash } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeDefinition } from '../../engine/node.js'
import { catalogue } from '../../models/catalogue.js'
import { weightsFile, weightsFolder } from '../../models/embedded.js'
import { isKnown } from '../artifact/conditions.js'
import { json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'

const Ports = Type.Record(Type.String(), Type.Object({ type: Type.String() }))

const NodeView = Type.Object({
  type: Type.String(),
  version: Type.Integer(),
  category: Type.String(),
  description: Type.String(),
  lane: Type.String(),
  sink: Type.Optional(Type.Boolean()),
  origin: Type.String({ description: "The plugin's name and version; empty for what comes with the program." }),
  inputs: Ports,
  outputs: Ports,
})

/** What workflows can be made of: nodes, models, plugins. */
export function catalogueRoutes({ registry }: Services): readonly Route[] {
  const view = ({ run: _, needs: __, ...node }: NodeDefinition) => ({ ...node, origin: registry.origin(node.type) })
  let told: { readonly bytes: Uint8Array; readonly etag: string } | undefined
  const tellNodes = () => {
    const bytes = Buffer.from(JSON.stringify({ nodes: registry.nodes.map(view) }))
    return { bytes, etag: `"${hash('sha256', bytes, 'hex').slice(0, 32)}"` }
  }
  return [
    route({
      method: 'get',
      path: '/api/nodes',
      about: 'All nodes with their ports: what an editor draws, and what a document may use.',
      access: 'visitor',
      answer: Type.Object({ nodes: Type.Array(NodeView) }),
      handle: ({ request }) => {
        told ??= tellNodes()
        const headers = { ETag: told.etag, 'Cache-Control': 'no-cache' }
        if (isKnown(request.headers, told.etag)) return { status: 304, headers }
        return { bytes: told.bytes, headers: { ...headers, 'Content-Type': 'application/json; charset=utf-8' } }
      },
    }),
    route({
      method: 'get',
      path: '/api/models',
      about: 'All models that nodes use: what they are for, their size and licence, and whether they are here.',
      access: 'visitor',
      answer: Type.Object({
        models: Type.Array(
          Type.Object({
            id: Type.String(),
            purpose: Type.String(),
            bytes: Type.Integer(),
            sha256: Type.String(),
            licence: Type.String({ description: 'SPDX identifier.' }),
            provenance: Type.String(),
            source: Type.String(),
            installed: Type.Boolean(),
          }),
        ),
      }),
      handle: async () => json({ models: await Promise.all(catalogue.map(viewModel)) }),
    }),
    route({
      method: 'get',
      path: '/api/plugins',
      about: 'The packs of nodes that are loaded.',
      access: 'visitor',
      answer: Type.Object({
        plugins: Type.Array(Type.Object({ origin: Type.String(), nodes: Type.Array(Type.String()) })),
      }),
      handle: () => {
        const origins = new Map<string, string[]>()
        for (const type of registry.types) {
          const origin = registry.origin(type)
          origins.set(origin, [...(origins.get(origin) ?? []), type])
        }
        origins.delete('')
        return json({ plugins: [...origins].map(([origin, nodes]) => ({ origin, nodes })) })
      },
    }),
  ]
}

async function viewModel(entry: (typeof catalogue)[number]) {
  const { id, purpose, bytes, sha256, licence, provenance, source } = entry
  const installed = await access(join(weightsFolder, weightsFile(entry))).then(
    () => true,
    () => false,
  )
  const from = `${source.package}@${source.version}`
  return { id, purpose, bytes, sha256, licence: licence.id, provenance, source: from, installed }
}
