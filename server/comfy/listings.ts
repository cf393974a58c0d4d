import { catalogue } from '../../models/catalogue.js'
import { notFound } from '../http/refusal.js'
import { json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import { inputPaths } from './input-paths.js'
import { objectInfo, objectInfoOf } from './object-info.js'
import { comfyParts } from './parts.js'

/** The one folder that models are told to lie in. */
const MODELS = 'onnx'

/** What there is: nodes, models, and the lists that are empty here but asked for by every editor. */
export function listingRoutes(services: Services): Route[] {
  const { registry, log } = services
  const { names } = comfyParts(services)
  const folder = Type.Object({ folder: Type.String() })
  const list = (path: string, about: string, value: unknown) =>
    route({ method: 'get', path, about, access: 'visitor', handle: () => json(value) })
  const modelsIn = (name: string) => {
    if (name !== MODELS) throw notFound('The folder of models')
    return catalogue
  }

  return [
    route({
      method: 'get',
      path: '/object_info',
      about: 'Describes all nodes as ComfyUI does.',
      access: 'visitor',
      answer: Type.Record(Type.String(), Type.Unknown()),
      handle: async call => {
        const inputFiles = await inputPaths(names, call)
        return json(objectInfo(registry, { inputFiles, log: message => log.warn(message) }))
      },
    }),
    route({
      method: 'get',
      path: '/object_info/:type',
      about: 'Describes one node as ComfyUI does; an empty object if there is none.',
      access: 'visitor',
      params: Type.Object({ type: Type.String() }),
      answer: Type.Record(Type.String(), Type.Unknown()),
      handle: async call => {
        const { type } = call.params
        const info = objectInfoOf(type, registry, { inputFiles: await inputPaths(names, call) })
        return json(info ? { [type]: info } : {})
      },
    }),
    list('/embeddings', 'Lists text embeddings: none.', []),
    list('/models', 'Lists the folders of models.', [MODELS]),
    list('/experiment/models', 'Lists the folders of models.', [{ name: MODELS, folders: [] }]),
    list('/extensions', 'Lists scripts that extend the editor: none.', []),
    list('/workflow_templates', 'Lists the templates of installed packs: none.', {}),
    list('/i18n', 'Answers translations of installed packs: none.', {}),
    list('/global_subgraphs', 'Lists shared subgraphs: none.', {}),
    list('/node_replacements', 'Tells which nodes have new names: none.', {}),
    route({
      method: 'get',
      path: '/models/:folder',
      about: 'Lists the models of a folder.',
      access: 'visitor',
      params: folder,
      handle: ({ params }) => json(modelsIn(params.folder).map(({ id }) => id)),
    }),
    route({
      method: 'get',
      path: '/experiment/models/:folder',
      about: 'Lists the models of a folder with their sizes.',
      access: 'visitor',
      params: folder,
      handle: ({ params }) =>
        json(
          modelsIn(params.folder).map(({ id, bytes }) => ({
            name: id,
            pathIndex: 0,
            modified: 0,
            created: 0,
            size: bytes,
          })),
        ),
    }),
  ]
}
