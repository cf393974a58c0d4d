import { hash } from 'node:crypto'
import { stampImage } from '../../nodes/image/metadata.js'
import { isKnown } from '../artifact/conditions.js'
import { disposition, mimeOf, SAFE_HEADERS } from '../artifact/file-headers.js'
import { notFound, Refusal } from '../http/refusal.js'
import { type Answer, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import type { NamedFile } from '../store/store.js'
import { turns } from '../turns.js'
import { comfyParts } from './parts.js'
import { makeVariant, type Variant, variantOf } from './picture-variant.js'
import { fileNameOf, folderOf, splitAnnotation, subfolderOf } from './place.js'
import { stampOf } from './prompt-document.js'

/** Pictures that are made over at once; of a large one the decoder holds hundreds of megabytes. */
const AT_ONCE = 2

const text = () => Type.Optional(Type.String())
const Query = Type.Object({
  filename: text(),
  type: text(),
  subfolder: text(),
  preview: text(),
  channel: text(),
  res: text(),
})

/** Showing files by the names that they were given. */
export function viewRoutes(services: Services): Route[] {
  const { artifacts, log } = services
  const { names, documents } = comfyParts(services)
  const turn = turns(AT_ONCE)

  /** Read when it is asked for: an answer of "not modified" needs no more than the row. */
  const load = async (file: NamedFile, variant: Variant): Promise<{ bytes: Uint8Array; type: string }> => {
    const bytes = await artifacts.read(file.artifact)
    const whole = { bytes: await stamped(file, bytes), type: mimeOf(bytes, file.artifact) }
    if (variant.kind === 'whole') return whole
    // What is too damaged to be shown in another form is shown as it is.
    return makeVariant(bytes, variant).catch(() => whole)
  }
  const stamped = async ({ stamp }: NamedFile, bytes: Uint8Array): Promise<Uint8Array> => {
    const document = stamp === undefined ? undefined : await documents.read(stamp)
    if (!document) return bytes
    try {
      return stampImage(bytes, stampOf(document))
    } catch (error) {
      // A JPEG has no room for a long prompt; the picture matters more.
      log.debug({ err: error }, 'a result is shown without its prompt')
      return bytes
    }
  }

  return [
    route({
      method: 'get',
      path: '/view',
      about: 'Shows a file: a result, a preview or an upload, whole or in a form that is smaller or of other channels.',
      access: 'visitor',
      query: Query,
      handle: async (call): Promise<Answer> => {
        const { query, request } = call
        if (query.filename === undefined) throw notFound('A file without "filename"')
        const { name, folder = folderOf(query.type || 'output') } = splitAnnotation(query.filename)
        if (name === '' || name.startsWith('/') || name.includes('..'))
          throw new Refusal(400, 'invalid-filename', '"filename" must be a plain file name.')
        const place = { folder, subfolder: subfolderOf(query.subfolder ?? ''), name: fileNameOf(name) }
        const file = await names.find(call, place)
        if (!file || !artifacts.has(file.artifact)) throw notFound('The file')
        const variant = variantOf(query, file.artifact)
        const etag = etagOf(file, variant)
        const headers = { ...SAFE_HEADERS, 'Cache-Control': 'no-cache', ETag: etag }
        if (isKnown(request.headers, etag)) return { status: 304, headers }
        const { bytes, type } = await (variant.kind === 'whole' ? load(file, variant) : turn(() => load(file, variant)))
        return {
          bytes,
          headers: {
            ...headers,
            'Content-Type': type,
            'Content-Disposition': disposition('inline', file.name),
          },
        }
      },
    }),
    route({
      method: 'get',
      path: '/view_metadata/:folder',
      about: 'Tells the metadata of a model file; models here have none.',
      access: 'visitor',
      params: Type.Object({ folder: Type.String() }),
      handle: () => {
        throw notFound('The metadata of a model')
      },
    }),
  ]
}

/** Content, prompt and form; a name that gets other content gets another tag. */
const etagOf = ({ artifact, stamp = '' }: NamedFile, variant: Variant) =>
  `"${hash('sha256', JSON.stringify([artifact, stamp, variant]), 'hex').slice(0, 32)}"`
