import { readFile } from 'node:fs/promises'
import type { Owner } from '../access/principal.js'
import { disposition, SAFE_HEADERS } from '../artifact/file-headers.js'
import { notFound, Refusal } from '../http/refusal.js'
import { type Answer, json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import type { NamedFile } from '../store/store.js'
import { type Content, nameId, type Reader } from './named-files.js'
import { mustOwnShelf, ownShelf } from './own-shelf.js'
import { comfyParts } from './parts.js'
import { type Place, pathOf, placeOf, subfolderOf } from './place.js'
import { folderEntries, folderListing, infoOf, listing } from './userdata-lists.js'

const text = () => Type.Optional(Type.String())
const Params = Type.Object({ file: Type.String() })
const Write = Type.Object({ overwrite: text(), full_info: text() })

/** The files that the editor keeps for its user, such as workflows. */
export function userdataRoutes(services: Services): Route[] {
  const { artifacts, store, uploads } = services
  const { names } = comfyParts(services)

  const all = async (reader: Reader): Promise<readonly NamedFile[]> => {
    const owner = ownShelf(reader)
    return owner === undefined ? [] : store.list('names', { where: { owner, folder: 'user' }, order: 'oldest' })
  }
  const find = async (reader: Reader, path: string): Promise<NamedFile> => {
    const owner = ownShelf(reader)
    const file = owner && (await store.get('names', nameId(owner, placeOf('user', path))))
    if (!file || !artifacts.has(file.artifact)) throw notFound(`The file ${JSON.stringify(path.slice(0, 80))}`)
    return file
  }
  const answer = (file: NamedFile, fullInfo: string | undefined) =>
    json(isTrue(fullInfo) ? { path: pathOf(file), ...infoOf(file) } : pathOf(file))

  /** Puts content under a name; what is there already stays if `overwrite` is false. */
  const put = async (owner: Owner, place: Place, { artifact, bytes }: Content, overwrite?: string) => {
    const isTaken = (await store.get('names', nameId(owner, place))) !== undefined
    if (isTaken && overwrite === 'false')
      throw new Refusal(409, 'exists', `There is a file "${pathOf(place)}" already.`)
    return names.put(owner, place, { artifact, bytes })
  }

  return [
    route({
      method: 'get',
      path: '/userdata',
      about: 'Lists the files of a folder of the caller’s.',
      access: 'visitor',
      query: Type.Object({ dir: text(), recurse: text(), full_info: text(), split: text() }),
      answer: Type.Array(Type.Unknown()),
      handle: async call => {
        const { dir, recurse, full_info, split } = call.query
        if (!dir) throw new Refusal(400, 'no-folder', '"dir" must name a folder.')
        const folder = subfolderOf(dir)
        const inside = folderEntries(await all(call), folder)
        if (inside.length === 0) throw notFound('The folder')
        return json(listing(inside, folder, { deep: isTrue(recurse), full: isTrue(full_info), split: isTrue(split) }))
      },
    }),
    route({
      method: 'get',
      path: '/v2/userdata',
      about: 'Lists files and folders in a folder of the caller’s, folders first.',
      access: 'visitor',
      // One client library calls it "dir".
      query: Type.Object({ path: text(), dir: text() }),
      answer: Type.Array(Type.Unknown()),
      handle: async call => {
        const folder = subfolderOf(call.query.path ?? call.query.dir ?? '')
        const inside = folderEntries(await all(call), folder)
        if (inside.length === 0 && folder !== '') throw notFound('The folder')
        return json(folderListing(inside, folder))
      },
    }),
    route({
      method: 'get',
      path: '/userdata/:file',
      about: 'Answers a file of the caller’s as it is.',
      access: 'visitor',
      params: Params,
      handle: async (call): Promise<Answer> => {
        const file = await find(call, call.params.file)
        const isJson = file.name.endsWith('.json')
        return {
          bytes: await artifacts.read(file.artifact),
          // Nothing that somebody kept here may run in the page of the editor.
          headers: {
            ...SAFE_HEADERS,
            'Content-Type': isJson ? 'application/json' : 'application/octet-stream',
            'Content-Disposition': disposition('attachment', file.name),
            'Cache-Control': 'no-store',
          },
        }
      },
    }),
    route({
      method: 'post',
      path: '/userdata/:file',
      about: 'Keeps the body as a file of the caller’s.',
      access: 'visitor',
      params: Params,
      query: Write,
      content: { 'application/octet-stream': Type.String({ format: 'binary' }) },
      answer: Type.Unknown({ description: 'Its path, or with full_info what is known of it.' }),
      handle: async call => {
        const { overwrite, full_info } = call.query
        const owner = mustOwnShelf(call)
        const place = placeOf('user', call.params.file)
        const received = await uploads.receiveRaw(call.request)
        const artifact = await artifacts.put(await readFile(received.path), 'bin')
        return answer(await put(owner, place, { artifact, bytes: received.bytes }, overwrite), full_info)
      },
    }),
    route({
      method: 'delete',
      path: '/userdata/:file',
      about: 'Removes a file of the caller’s.',
      access: 'visitor',
      params: Params,
      handle: async call => {
        await names.remove(await find(call, call.params.file))
        return { status: 204 }
      },
    }),
    route({
      method: 'post',
      path: '/userdata/:file/move/:dest',
      about: 'Gives a file of the caller’s another name.',
      access: 'visitor',
      params: Type.Object({ file: Type.String(), dest: Type.String() }),
      query: Write,
      handle: async call => {
        const { overwrite, full_info } = call.query
        const file = await find(call, call.params.file)
        const moved = await put(mustOwnShelf(call), placeOf('user', call.params.dest), file, overwrite)
        if (moved.id !== file.id) await names.remove(file)
        return answer(moved, full_info)
      },
    }),
  ]
}

const isTrue = (text: string | undefined) => text === 'true' || text === '1'
