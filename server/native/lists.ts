import type { Owner } from '../access/principal.js'
import type { Call } from '../http/route.js'
import Type from '../schema.js'

/** Whose things a list shows: one's own, and what is anonymous only where that is one person's. */
export const listedOwners = ({ owner, seesAnonymous }: Pick<Call, 'owner' | 'seesAnonymous'>): readonly Owner[] => {
  const own = owner === 'anonymous' ? [] : [owner]
  return seesAnonymous ? [...own, 'anonymous'] : own
}

/** A page of a list. */
export const Page = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, default: 0 })),
}

/** Milliseconds since 1970. */
export const Time = Type.Number({ description: 'Milliseconds since 1970.' })

/** The path of what has an id. */
export const ById = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) })

/** A workflow document; its form is checked by the engine's own schema, which tells every fault. */
export const Document = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  description: 'A workflow document: version, nodes, parameters, components, layout. See workflow.schema.json.',
})
