import { notFound, Refusal } from '../http/refusal.js'
import { json, type Route, route } from '../http/route.js'
import { removeRows } from '../retention/release.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import { FORM_WITH_FILE } from '../upload/described.js'
import { originalParts } from './parts.js'
import { findUpload } from './pictures.js'
import { suffixOf } from './urls.js'

const Uploaded = Type.Object({ id: Type.String(), filename: Type.String(), url: Type.String() })
const Deleted = Type.Object({ status: Type.Literal('deleted'), id: Type.String() })

/** Photos that generations are made of. */
export function uploadRoutes(services: Services): readonly Route[] {
  const { uploads } = services
  const { urls } = originalParts(services)
  return [
    route({
      method: 'post',
      path: '/api/upload/image',
      about: 'Takes a picture, in the field "file" of a multipart form.',
      access: 'visitor',
      perMinute: 120,
      content: FORM_WITH_FILE,
      answer: Uploaded,
      handle: async ({ request, owner }) => {
        const { file } = request.is('multipart/form-data') ? await uploads.receive(request, 'file') : {}
        if (!file) throw noFile()
        const upload = await uploads.keep(file, owner).catch(error => {
          throw asOriginal(error)
        })
        const filename = `${upload.id}${suffixOf(upload.artifact)}`
        return json({ id: upload.id, filename, url: urls.upload(upload) })
      },
    }),
    route({
      method: 'delete',
      path: '/api/upload/:file_id',
      about: 'Removes an upload of who asks; pictures that were made of it stay.',
      access: 'visitor',
      params: Type.Object({ file_id: Type.String() }),
      answer: Deleted,
      handle: async ({ params, who }) => {
        const upload = await findUpload(services, who, params.file_id)
        if (!upload) throw notFound('File')
        await removeRows([{ table: 'uploads', row: upload }], services)
        return json({ status: 'deleted', id: upload.id })
      },
    }),
  ]
}

function noFile(): Refusal {
  const fault = { place: ['body'], keyword: 'required', params: { missingProperty: 'file' }, value: null }
  return new Refusal(422, 'invalid', 'The form has no file.', [{ ...fault, message: 'is missing' }])
}

/** The sentence that the replaced system's clients know; of a damaged picture ours says more. */
const asOriginal = (error: unknown): unknown =>
  error instanceof Refusal && error.code === 'not-a-picture'
    ? new Refusal(400, error.code, 'File must be an image')
    : error
