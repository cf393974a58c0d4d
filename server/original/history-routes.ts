import type { Owner } from '../access/principal.js'
import { notFound, Refusal } from '../http/refusal.js'
import { json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import type { Batch } from '../store/store.js'
import { readSlots } from './batches.js'
import { findItem, HistoryItem, isDone, readHistory, removeBatches, titleOf, viewItem } from './history.js'
import { originalParts } from './parts.js'
import { requireSignedIn } from './signed-in.js'

const ItemId = Type.Object({ item_id: Type.String() })
const FavouritesOnly = Type.Optional(Type.Boolean({ default: false }))
const titled = () => Type.Object({ title: Type.Optional(Type.String({ maxLength: 255 })) })
const Page = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, default: 0 })),
  favorites_only: FavouritesOnly,
})

/** The history of who is signed in; without an account it is the browser that keeps one. */
export function historyRoutes(services: Services): readonly Route[] {
  const { store } = services
  const { urls } = originalParts(services)
  const change = async (owner: Owner, id: string, change: (batch: Batch) => Batch): Promise<Batch> => {
    const item = await findItem(services, owner, id)
    const row = item && (await store.update('batches', id, change))
    if (!row) throw notFound('History item')
    return row
  }
  return [
    route({
      method: 'get',
      path: '/api/history',
      about: 'The history, newest first; nothing without an account.',
      access: 'visitor',
      query: Page,
      answer: Type.Array(HistoryItem),
      handle: async ({ who, owner, query: { limit = 50, offset = 0, favorites_only: favourites = false } }) =>
        json(who.kind === 'anonymous' ? [] : await readHistory(services, urls, owner, { limit, offset, favourites })),
    }),
    route({
      method: 'delete',
      path: '/api/history',
      about: 'Clears the history. With favorites_only=true the favourites are kept, for all its name.',
      access: 'visitor',
      query: Type.Object({ favorites_only: FavouritesOnly }),
      answer: Type.Object({ status: Type.Literal('cleared') }),
      handle: async ({ who, owner, query: { favorites_only: keepsFavourites = false } }) => {
        requireSignedIn(who)
        const going: Batch[] = []
        for (const batch of await store.list('batches', { where: { owner } }))
          if (!(keepsFavourites && batch.favourite) && isDone(await readSlots(services, batch))) going.push(batch)
        await removeBatches(services, owner, going)
        return json({ status: 'cleared' })
      },
    }),
    route({
      method: 'get',
      path: '/api/history/:item_id',
      about: 'One item of the history.',
      access: 'visitor',
      params: ItemId,
      answer: HistoryItem,
      handle: async ({ who, owner, params }) => {
        const item = who.kind === 'anonymous' ? undefined : await findItem(services, owner, params.item_id)
        if (!item) throw notFound('History item')
        return json(viewItem(item.batch, item.slots, urls))
      },
    }),
    route({
      method: 'post',
      path: '/api/history/:item_id/favorite',
      about: 'Makes an item a favourite, or no longer.',
      access: 'visitor',
      params: ItemId,
      answer: Type.Object({ id: Type.String(), is_favorite: Type.Boolean() }),
      handle: async ({ who, owner, params }) => {
        requireSignedIn(who)
        const row = await change(owner, params.item_id, batch => ({ ...batch, favourite: !batch.favourite }))
        return json({ id: row.id, is_favorite: row.favourite })
      },
    }),
    route({
      method: 'patch',
      path: '/api/history/:item_id/title',
      about: 'Gives an item a title, in the query or in the body.',
      access: 'visitor',
      params: ItemId,
      query: titled(),
      body: titled(),
      bodyOptional: true,
      answer: Type.Object({ id: Type.String(), title: Type.String() }),
      handle: async ({ who, owner, params, query, body }) => {
        requireSignedIn(who)
        const title = query.title ?? body.title
        if (title === undefined) throw noTitle()
        const row = await change(owner, params.item_id, batch => ({ ...batch, title }))
        return json({ id: row.id, title: titleOf(row) })
      },
    }),
    route({
      method: 'delete',
      path: '/api/history/:item_id',
      about: 'Removes an item with the pictures that were made.',
      access: 'visitor',
      params: ItemId,
      answer: Type.Object({ status: Type.Literal('deleted'), id: Type.String() }),
      handle: async ({ who, owner, params: { item_id: id } }) => {
        requireSignedIn(who)
        const item = await findItem(services, owner, id)
        if (!item) throw notFound('History item')
        await removeBatches(services, owner, [item.batch])
        return json({ status: 'deleted', id })
      },
    }),
  ]
}

function noTitle(): Refusal {
  const fault = { place: ['query'], keyword: 'required', params: { missingProperty: 'title' }, value: null }
  return new Refusal(422, 'invalid', 'No title was given.', [{ ...fault, message: 'is missing' }])
}
