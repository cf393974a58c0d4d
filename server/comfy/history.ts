import { Refusal } from '../http/refusal.js'
import { json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import type { Query, Run } from '../store/store.js'
import { lastMessage } from './events.js'
import { listedOwners, type Reader } from './named-files.js'
import { comfyParts } from './parts.js'
import { findPrompt, hasEnded, isPrompt, type PromptRun } from './prompt-run.js'
import { promptTuple } from './prompt-tuple.js'
import { Edit } from './queue-routes.js'

/** As many as ComfyUI remembers. */
const MOST = 10_000
const ENDED = ['finished', 'failed', 'cancelled'] as const

/** What is kept of prompts that have ended. */
export function historyRoutes(services: Services): Route[] {
  const { store } = services
  const entry = historyEntry(services)
  const entries = async (runs: readonly PromptRun[]) =>
    Object.fromEntries(await Promise.all(runs.map(async run => [run.id, await entry(run)] as const)))
  const find = (reader: Reader, query: Query<Run>) => endedPrompts(services, reader, query)

  /** With an offset from the oldest on, without one the newest; oldest first either way. */
  const page = async (reader: Reader, max: number | undefined, offset: number | undefined) => {
    const limit = max === undefined || max < 0 ? MOST : Math.min(max, MOST)
    if (offset !== undefined && offset >= 0) return find(reader, { order: 'oldest', limit, offset })
    return [...(await find(reader, { order: 'newest', limit }))].reverse()
  }

  const Entries = Type.Record(Type.String(), Type.Unknown())
  return [
    route({
      method: 'get',
      path: '/history',
      about: 'Lists prompts that have ended, by id, the oldest first.',
      access: 'visitor',
      query: Type.Object({ max_items: Type.Optional(Type.String()), offset: Type.Optional(Type.String()) }),
      answer: Entries,
      handle: async call => {
        const { max_items, offset } = call.query
        const runs = await page(call, wholeNumber('max_items', max_items), wholeNumber('offset', offset))
        return json(await entries(runs))
      },
    }),
    route({
      method: 'get',
      path: '/history/:id',
      about: 'Tells how a prompt has ended; an empty object if it has not.',
      access: 'visitor',
      params: Type.Object({ id: Type.String() }),
      answer: Entries,
      handle: async ({ params, who }) => {
        const run = await findPrompt(services, who, params.id)
        return json(run && hasEnded(run) ? await entries([run]) : {})
      },
    }),
    route({
      method: 'post',
      path: '/history',
      about: 'Forgets prompts that have ended, with their previews; what they saved stays.',
      access: 'visitor',
      body: Edit,
      handle: async call => {
        const { body } = call
        const all = body.clear ? await find(call, {}) : []
        const some = await Promise.all((body.delete ?? []).map(id => findPrompt(services, call.who, id)))
        const ids = new Set([...all, ...some].flatMap(run => (run && hasEnded(run) ? [run.id] : [])))
        if (ids.size === 0) return json({})
        const previews = await store.list('names', { where: { folder: 'temp', run: [...ids] } })
        await store.commit([
          ...[...ids].map(remove => ({ table: 'runs', remove }) as const),
          ...previews.map(({ id }) => ({ table: 'names', remove: id }) as const),
        ])
        return json({})
      },
    }),
  ]
}

/** The prompts that have ended and that a reader's lists show. */
export async function endedPrompts({ store }: Services, reader: Reader, query: Query<Run>): Promise<PromptRun[]> {
  const owner = listedOwners(reader)
  if (owner.length === 0) return []
  const runs = await store.list('runs', { ...query, where: { status: ENDED, ...query.where, door: 'comfy', owner } })
  return runs.filter(isPrompt)
}

/** Answers what ComfyUI's history tells of a prompt. */
function historyEntry(services: Services) {
  const { ends, documents } = comfyParts(services)
  const tuple = promptTuple(documents)
  return async (run: PromptRun) => {
    const end = await ends.of(run)
    const { id, startedAt, status } = run
    const begun = { prompt_id: id, timestamp: startedAt }
    const messages: (readonly [string, unknown])[] =
      startedAt === undefined
        ? []
        : [
            ['execution_start', begun],
            ['execution_cached', { ...begun, nodes: end.cached }],
          ]
    const nodes = Object.keys(end.outputs)
    return {
      prompt: await tuple(run),
      outputs: end.outputs,
      status: {
        status_str: status === 'finished' ? 'success' : 'error',
        completed: status === 'finished',
        messages: [...messages, lastMessage(run, end)],
      },
      meta: Object.fromEntries(
        nodes.map(node => [node, { node_id: node, display_node: node, parent_node: null, real_node_id: node }]),
      ),
    }
  }
}

/** @throws Refusal 400 */
function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^-?\d{1,9}$/.test(text)) return Number(text)
  throw new Refusal(
    400,
    'invalid-number',
    `"${name}" must be a whole number, got ${JSON.stringify(text.slice(0, 40))}.`,
  )
}
