import { own } from '../../engine/own.js'
import type { Owner } from '../access/principal.js'
import { Refusal } from '../http/refusal.js'
import { json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import { Conflict } from '../store/store.js'
import type { Reader } from './named-files.js'
import { mustOwnShelf, ownShelf } from './own-shelf.js'
import { isForbiddenKey, isRecord } from './prompt.js'

/** Bytes of one owner's settings, as JSON. */
const MOST = 1 << 20
/** Where they stand among the owner's other settings. */
const KEY = 'comfy'

/** The editor's settings, and who uses it. */
export function settingsRoutes({ store }: Services): Route[] {
  const read = async (reader: Reader): Promise<Readonly<Record<string, unknown>>> => {
    const owner = ownShelf(reader)
    return settingsIn((owner && (await store.get('settings', owner)))?.values)
  }
  const merge = async (reader: Reader, changes: Readonly<Record<string, unknown>>) => {
    const owner = mustOwnShelf(reader)
    const strange = Object.keys(changes).find(isForbiddenKey)
    if (strange !== undefined) throw new Refusal(400, 'invalid-name', `A setting cannot be called "${strange}".`)
    await create(owner)
    await store.update('settings', owner, row => {
      const settings = { ...settingsIn(row.values), ...changes }
      if (JSON.stringify(settings).length > MOST)
        throw new Refusal(413, 'too-large', `Settings may have ${MOST} bytes in all; keep files as user data instead.`)
      return { ...row, values: { ...row.values, [KEY]: settings } }
    })
    return json({})
  }
  const create = async (id: Owner) => {
    if (await store.get('settings', id)) return
    await store.commit([{ table: 'settings', create: { id, values: {} } }]).catch(error => {
      if (!(error instanceof Conflict)) throw error
    })
  }

  return [
    route({
      method: 'get',
      path: '/settings',
      about: 'Answers the editor’s settings of the caller.',
      access: 'visitor',
      answer: Type.Record(Type.String(), Type.Unknown()),
      handle: async call => json(await read(call)),
    }),
    route({
      method: 'post',
      path: '/settings',
      about: 'Changes those of the caller’s settings that are given.',
      access: 'visitor',
      body: Type.Record(Type.String(), Type.Unknown()),
      handle: call => merge(call, call.body),
    }),
    route({
      method: 'get',
      path: '/settings/:id',
      about: 'Answers one of the caller’s settings, or null.',
      access: 'visitor',
      params: Type.Object({ id: Type.String() }),
      handle: async call => json(own(await read(call), call.params.id) ?? null),
    }),
    route({
      method: 'post',
      path: '/settings/:id',
      about: 'Changes one of the caller’s settings to the body, any JSON value.',
      access: 'visitor',
      params: Type.Object({ id: Type.String() }),
      body: Type.Unknown(),
      handle: call => merge(call, { [call.params.id]: call.body }),
    }),
    route({
      method: 'get',
      path: '/users',
      about: 'Says that settings are kept here, of one user: who that is, the request tells.',
      access: 'visitor',
      handle: () => json({ storage: 'server', migrated: true }),
    }),
    route({
      method: 'post',
      path: '/users',
      about: 'Refuses: accounts are made elsewhere.',
      access: 'visitor',
      handle: () => json({ error: 'Accounts are made at /api/auth/register; the editor has one user.' }, 400),
    }),
  ]
}

const settingsIn = (values: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> => {
  const settings = values && own(values, KEY)
  return isRecord(settings) ? settings : {}
}
