import { customAlphabet } from 'nanoid'
import { notFound, Refusal } from '../http/refusal.js'
import { type Call, json, type Route, route } from '../http/route.js'
import Type, { type TSchema } from '../schema.js'
import type { Services } from '../services.js'
import type { NamedFile } from '../store/store.js'
import { turns } from '../turns.js'
import type { ReceivedForm } from '../uploads.js'
import { mergeAlpha } from './mask-merge.js'
import { paintedSibling, repairMasked } from './mask-repair.js'
import type { Content } from './named-files.js'
import { comfyParts } from './parts.js'
import { fileNameOf, folderOf, type Place, splitAnnotation, subfolderOf } from './place.js'
import { isRecord } from './prompt.js'

/** Pictures that get another's alpha at once: two whole ones and what comes of them are in memory. */
const AT_ONCE = 1

const Uploaded = Type.Object({ name: Type.String(), subfolder: Type.String(), type: Type.String() })
const secret = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz', 25)

const text = (description: string) => Type.Optional(Type.String({ description }))
const FIELDS = {
  image: Type.String({ format: 'binary' }),
  type: text('input (by default), output or temp'),
  subfolder: text('Slashes between its parts'),
  overwrite: text('"true" or "1": in place of what has the name'),
}
const formOf = (fields: Readonly<Record<string, TSchema>>) => ({ 'multipart/form-data': Type.Object(fields) })

/** Taking pictures and masks in, under the names that clients give them. */
export function uploadRoutes(services: Services): Route[] {
  const { uploads, artifacts } = services
  const { names } = comfyParts(services)
  const turn = turns(AT_ONCE)

  const answer = ({ name, subfolder, folder }: NamedFile) => json({ name, subfolder, type: folder })

  /** Where the file of a form is to lie. Strangers share what is anonymous, so theirs get names that cannot be guessed. */
  const placeIn = ({ fields, file }: ReceivedForm, call: Call): Place => {
    const name = fileNameOf(file?.name ?? '')
    const isShared = call.owner === 'anonymous' && !call.seesAnonymous
    return {
      folder: folderOf(fields.type || 'input'),
      subfolder: subfolderOf(fields.subfolder ?? ''),
      name: isShared ? name.replace(/(\.[^.]*)?$/, `-${secret()}$1`) : name,
    }
  }
  const put = (call: Call, { fields }: ReceivedForm, place: Place, content: Content) => {
    const overwrites = fields.overwrite === 'true' || fields.overwrite === '1'
    return overwrites ? names.put(call.owner, place, content) : names.add(call.owner, place, content)
  }
  const receive = async (call: Call) => {
    const form = await uploads.receive(call.request, 'image')
    if (form.file === undefined) throw new Refusal(400, 'no-file', 'The form must have a file in the field "image".')
    return { form, file: form.file, place: placeIn(form, call) }
  }

  const image = async (call: Call) => {
    const { form, file, place } = await receive(call)
    const kept = await uploads.keep(file, call.owner)
    const repaired = await repair(call, place, kept.artifact)
    const content = repaired ?? { artifact: kept.artifact, bytes: kept.bytes }
    return answer(await put(call, form, place, content))
  }
  const repair = async (call: Call, place: Place, artifact: string): Promise<Content | undefined> => {
    const name = paintedSibling(place.name)
    const sibling = name === undefined ? undefined : await names.find(call, { ...place, name })
    if (!sibling || !artifacts.has(sibling.artifact)) return undefined
    const bytes = await turn(async () =>
      repairMasked(await artifacts.read(artifact), await artifacts.read(sibling.artifact)),
    )
    return bytes && { artifact: await artifacts.put(bytes, 'png'), bytes: bytes.length }
  }

  const mask = async (call: Call) => {
    const { form, file, place } = await receive(call)
    const original = await names.find(call, referenceIn(form.fields))
    if (!original || !artifacts.has(original.artifact)) throw notFound('The picture that the mask is for')
    const kept = await uploads.keep(file, call.owner)
    const bytes = await turn(async () =>
      mergeAlpha(await artifacts.read(original.artifact), await artifacts.read(kept.artifact)),
    )
    const artifact = await artifacts.put(bytes, 'png')
    const { stamp } = original
    const content = { artifact, bytes: bytes.length, ...(stamp === undefined ? {} : { stamp }) }
    return answer(await put(call, form, { ...place, name: asPng(place.name) }, content))
  }

  return [
    route({
      method: 'post',
      path: '/upload/image',
      about: 'Takes a picture in as an input file (multipart, field "image").',
      access: 'visitor',
      perMinute: 120,
      content: formOf(FIELDS),
      answer: Uploaded,
      handle: image,
    }),
    route({
      method: 'post',
      path: '/upload/mask',
      about: 'Takes a mask in: the picture named by "original_ref", with the alpha of the one that is sent.',
      access: 'visitor',
      perMinute: 120,
      content: formOf({ ...FIELDS, original_ref: Type.String({ description: 'JSON: {filename, subfolder, type}' }) }),
      answer: Uploaded,
      handle: mask,
    }),
  ]
}

/** Reads which picture a mask is for; one client library says `originalRef`. @throws Refusal 400 or 403 */
function referenceIn(fields: Readonly<Record<string, string>>): Place {
  const refused = new Refusal(
    400,
    'invalid-reference',
    '"original_ref" must be JSON: {"filename", "subfolder", "type"}.',
  )
  const reference = parse(fields.original_ref ?? fields.originalRef ?? '')
  if (!isRecord(reference) || typeof reference.filename !== 'string') throw refused
  const { filename, subfolder = '', type = 'output' } = reference
  if (typeof subfolder !== 'string' || typeof type !== 'string') throw refused
  const { name, folder = folderOf(type) } = splitAnnotation(filename)
  if (name === '' || name.startsWith('/') || name.includes('..')) throw refused
  return { folder, subfolder: subfolderOf(subfolder), name: fileNameOf(name) }
}

const asPng = (name: string) => (/\.png$/i.test(name) ? name : `${name}.png`)

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
