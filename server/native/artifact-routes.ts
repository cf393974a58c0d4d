import { SAVED_FORMATS } from '../../nodes/image/encode.js'
import { SIZES } from '../artifact/derived-pictures.js'
import { openArtifactServing } from '../artifact/serve-artifact.js'
import { openRights } from '../artifact-rights.js'
import { notFound, Refusal } from '../http/refusal.js'
import { json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import { FORM_WITH_FILE, PICTURE } from '../upload/described.js'
import { Time } from './lists.js'

const UploadView = Type.Object({
  id: Type.String(),
  artifact: Type.String({ description: 'The SHA-256 of the kept file, and its extension; names it in parameters.' }),
  mime: Type.String(),
  bytes: Type.Integer(),
  width: Type.Integer({ description: 'Pixels, upright.' }),
  height: Type.Integer(),
  createdAt: Time,
  url: Type.String({ description: 'Shows the file; needs no token. Add &size=256 for a thumbnail.' }),
})

/** Files: pictures in, pictures and results out. */
export function artifactRoutes({ config, artifacts, store, links, uploads }: Services): readonly Route[] {
  const serving = openArtifactServing(config.home, artifacts)
  const rights = openRights(store)
  return [
    route({
      method: 'post',
      path: '/api/artifacts',
      about:
        'Uploads a picture: the body itself, or `file` of a form. Its place and device are cut out of it; its pixels, profile and orientation stay.',
      access: 'visitor',
      perMinute: 120,
      content: { ...FORM_WITH_FILE, ...PICTURE },
      answer: UploadView,
      handle: async ({ request, owner }) => {
        const isForm = request.is('multipart/form-data')
        const file = isForm ? (await uploads.receive(request, 'file')).file : await uploads.receiveRaw(request)
        if (!file) throw new Refusal(400, 'missing-file', 'The form must have a field "file" with a picture.')
        const { id, artifact, mime, bytes, width, height, createdAt } = await uploads.keep(file, owner)
        const url = links.sign(`/api/artifacts/${artifact}`)
        return json({ id, artifact, mime, bytes, width, height, createdAt, url }, 201)
      },
    }),
    route({
      method: 'get',
      path: '/api/artifacts/:name',
      about:
        'Answers a file that you own, that is anonymous, or whose signed link you have; whole, in part, or smaller.',
      access: 'anyone',
      params: Type.Object({ name: Type.String({ pattern: '^[0-9a-f]{64}\\.[a-z0-9]{1,8}$' }) }),
      query: Type.Object({
        key: Type.Optional(Type.String({ maxLength: 100 })),
        size: Type.Optional(
          Type.Integer({
            minimum: SIZES.minimum,
            maximum: SIZES.maximum,
            description: 'A thumbnail: the longer side in pixels, rounded up to 16, 32, 64 … 1024.',
          }),
        ),
        format: Type.Optional(Type.Enum([...SAVED_FORMATS])),
        download: Type.Optional(Type.Boolean()),
      }),
      handle: async ({ params: { name }, query: { key, ...options }, request, who }) => {
        const isSigned = links.isSigned(`/api/artifacts/${name}`, key)
        const grant = isSigned || !artifacts.has(name) ? undefined : await rights.grant(name, who)
        if (!isSigned && !grant) throw notFound('File')
        return serving.answer(request, name, { ...options, isPublic: grant?.owner === 'anonymous' })
      },
    }),
  ]
}
