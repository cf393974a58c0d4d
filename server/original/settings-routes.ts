import { type Call, json, type Route, route } from '../http/route.js'
import Type, { type Static } from '../schema.js'
import type { AccessMode } from '../server-config.js'
import type { Services } from '../services.js'
import { Count } from './generation-schemas.js'
import { completeParams, defaultsOf, GenerationParams } from './params.js'
import { requireSignedIn } from './signed-in.js'

const flag = (value: boolean) => Type.Optional(Type.Boolean({ default: value }))

/** What a person has set as his own. */
const Settings = Type.Object({
  default_params: Type.Optional(GenerationParams),
  default_count: Type.Optional(Count),
  parallel_mode: flag(false),
  auto_prompt: flag(true),
  show_intermediate: flag(true),
})
type Settings = Static<typeof Settings>

/** Settings of each owner; on an open server, which one person has to himself, also without an account. */
export function settingsRoutes({ store, config }: Services): readonly Route[] {
  const read = async (id: string) => complete((await store.get('settings', id))?.values)
  /** The editor keeps its own settings in the same row. */
  const keep = async (id: string, change: (values: Settings) => Settings) => {
    const changed = (values: Settings) => ({ ...values, ...complete(change(values)) })
    const row = await store.update('settings', id, row => ({ ...row, values: changed(row.values) }))
    if (!row) await store.commit([{ table: 'settings', put: { id, values: changed({}) } }])
    return json(await read(id))
  }
  const ownId = ({ who, owner }: Pick<Call, 'who' | 'owner'>) => {
    if (config.access !== 'open') requireSignedIn(who)
    return settingsId(owner, config.access)
  }
  return [
    route({
      method: 'get',
      path: '/api/settings',
      about: 'The settings of who asks.',
      access: 'visitor',
      answer: Settings,
      handle: async ({ owner }) => json(await read(settingsId(owner, config.access))),
    }),
    route({
      method: 'put',
      path: '/api/settings',
      about: 'Sets all settings; what is left out has its default again.',
      access: 'visitor',
      body: Settings,
      answer: Settings,
      handle: ({ body, ...call }) => keep(ownId(call), () => body),
    }),
    route({
      method: 'patch',
      path: '/api/settings/params',
      about: 'Sets the parameters of generations; what is left out has its default again.',
      access: 'visitor',
      body: GenerationParams,
      answer: Settings,
      handle: ({ body, ...call }) => keep(ownId(call), values => ({ ...values, default_params: body })),
    }),
    route({
      method: 'post',
      path: '/api/settings/reset',
      about: 'Sets everything back to its default.',
      access: 'visitor',
      answer: Settings,
      handle: call => keep(ownId(call), () => ({})),
    }),
  ]
}

/** Strangers of a public server share no settings: they have the defaults. */
const settingsId = (owner: string, access: AccessMode) =>
  owner === 'anonymous' && access === 'open' ? 'everybody' : owner

const DEFAULTS = defaultsOf(Settings)

/** All settings and nothing else: what is no setting is dropped, as Pydantic does. */
const complete = (values: Settings = {}): Settings => ({
  ...DEFAULTS,
  ...Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(DEFAULTS, name))),
  default_params: completeParams(values.default_params),
})
