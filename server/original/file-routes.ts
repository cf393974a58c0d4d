import type { Request } from 'express'
import { mayReach, type Owner, type Principal } from '../access/principal.js'
import { SAFE_HEADERS } from '../artifact/file-headers.js'
import { openArtifactServing, type ServeOptions } from '../artifact/serve-artifact.js'
import { notFound } from '../http/refusal.js'
import { type Answer, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import { readRun } from './batches.js'
import { resultOf } from './generation-run.js'
import { placeOf, suffixOf } from './urls.js'

const Key = Type.Object({ key: Type.Optional(Type.String()) })
const Preview = Type.Object({ key: Type.Optional(Type.String()), v: Type.Optional(Type.String()) })
const File = Type.Object({ file: Type.String() })

/** Another picture may come to be behind the same URL. */
const ASK_AGAIN = { 'Cache-Control': 'private, no-cache' }

/** Pictures by the URLs that this door's answers have. They belong to whoever may reach the thing, or has a signed URL. */
export function fileRoutes(services: Services): readonly Route[] {
  const { store, artifacts, links, hub, config } = services
  const serving = openArtifactServing(config.home, artifacts)

  const mayRead = (owner: Owner, who: Principal, path: string, key: string | undefined) =>
    mayReach(who, owner) || links.isSigned(path, key)
  const answerFile = async (request: Request, artifact: string, options: ServeOptions): Promise<Answer> => {
    const answer = await serving.answer(request, artifact, options)
    return { ...answer, headers: { ...answer.headers, ...ASK_AGAIN } }
  }
  /** The batch and the newest run of a task, by the name of its files. */
  const findOutput = async (name: string) => {
    const place = placeOf(name, '_')
    const batch = place && (await store.get('batches', place.batch))
    const id = place && batch?.tasks[place.index]?.run
    const run = id === undefined ? undefined : await readRun(services, id)
    if (batch && run) return { batch, run }
    throw notFound('File')
  }

  return [
    route({
      method: 'get',
      path: '/uploads/:file',
      about: 'A picture that was uploaded.',
      access: 'anyone',
      params: File,
      query: Key,
      handle: async ({ params: { file }, query, who, request }) => {
        const upload = await store.get('uploads', file.slice(0, -suffixOf(file).length))
        if (!upload || suffixOf(upload.artifact) !== suffixOf(file)) throw notFound('File')
        if (!mayRead(upload.owner, who, `/uploads/${file}`, query.key)) throw notFound('File')
        return answerFile(request, upload.artifact, { name: upload.id })
      },
    }),
    route({
      method: 'get',
      path: '/outputs/:file',
      about: 'A picture that was made.',
      access: 'anyone',
      params: File,
      query: Key,
      handle: async ({ params: { file }, query, who, request }) => {
        const name = file.slice(0, -suffixOf(file).length)
        const { batch, run } = await findOutput(name)
        const result = resultOf(run)
        if (!result || suffixOf(result.artifact) !== suffixOf(file)) throw notFound('File')
        if (!mayRead(batch.owner, who, `/outputs/${file}`, query.key)) throw notFound('File')
        return answerFile(request, result.artifact, { name })
      },
    }),
    route({
      method: 'get',
      path: '/outputs/:folder/preview.jpg',
      about: 'The newest picture of the work; afterwards the result.',
      access: 'anyone',
      params: Type.Object({ folder: Type.String() }),
      query: Preview,
      handle: async ({ params: { folder }, query, who, request }) => {
        const { batch, run } = await findOutput(folder)
        if (!mayRead(batch.owner, who, `/outputs/${folder}/preview.jpg`, query.key)) throw notFound('File')
        const result = resultOf(run)
        if (result) return answerFile(request, result.artifact, { name: folder })
        const preview = hub.state(run.id)?.preview?.preview
        if (!preview) throw notFound('File')
        return { headers: { ...SAFE_HEADERS, ...ASK_AGAIN, 'Content-Type': preview.mime }, bytes: preview.bytes }
      },
    }),
  ]
}
