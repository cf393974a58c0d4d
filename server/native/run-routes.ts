import { checkWorkflow } from '../../engine/workflow.js'
import { stampImage } from '../../nodes/image/metadata.js'
import { mayReach, type Principal } from '../access/principal.js'
import { disposition, SAFE_HEADERS } from '../artifact/file-headers.js'
import { notFound } from '../http/refusal.js'
import { json, type Route, route } from '../http/route.js'
import { removeRows } from '../retention/release.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import type { Run } from '../store/store.js'
import type { Documents } from './documents.js'
import { ById, Document, listedOwners, Page } from './lists.js'
import { pageOfRuns } from './run-page.js'
import { RunView, Status, viewRun } from './run-view.js'
import { startRuns } from './start-run.js'

const NewRun = Type.Object({
  workflow: Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Document], {
    description: 'A workflow document, or the name of a shipped or saved workflow, or the id of a saved one.',
  }),
  parameters: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: "Values by the workflow's parameters; a file is named by its artifact or its upload's id.",
    }),
  ),
  targets: Type.Optional(
    Type.Array(Type.String(), { minItems: 1, maxItems: 1000, description: 'Only these nodes, and what they need.' }),
  ),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: 'Lower goes first; 0 if absent.' })),
  count: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 8, description: 'So many runs, with seeds that follow one another.' }),
  ),
  client: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: 'Runs of one client go one after another.' }),
  ),
})

/** Runs: started, listed, told of, cancelled, tried again, removed. */
export function runRoutes(services: Services, documents: Documents): readonly Route[] {
  const { store, runs, artifacts, hub } = services
  const view = (run: Run) => viewRun(run, services)
  const find = async (id: string, who: Principal): Promise<Run> => {
    const run = await store.get('runs', id)
    if (run && mayReach(who, run.owner)) return run
    throw notFound('Run')
  }
  const readJson = async (artifact: string): Promise<unknown> =>
    JSON.parse(Buffer.from(await artifacts.read(artifact)).toString('utf8'))
  const documentOf = async ({ workflow }: Run) => checkWorkflow(await readJson(workflow))

  return [
    route({
      method: 'post',
      path: '/api/runs',
      about: 'Starts a run, or several with different seeds; when it answers, they outlive any crash.',
      access: 'visitor',
      perMinute: 300,
      body: NewRun,
      answer: Type.Object({ id: Type.String({ description: 'Of the first.' }), runs: Type.Array(RunView) }),
      handle: async call => {
        const { workflow: wanted, parameters = {}, count = 1, targets, priority, client } = call.body
        const known =
          typeof wanted === 'string'
            ? await documents.named(wanted, call)
            : { id: 'Untitled', workflow: checkWorkflow(wanted) }
        const { workflow, id } = known
        const name = ('saved' in known ? known.saved?.name : undefined) ?? workflow.name ?? id
        const more = {
          ...(targets ? { targets } : {}),
          ...(priority === undefined ? {} : { priority }),
          ...(client === undefined ? {} : { client }),
        }
        const started = await startRuns(
          { who: call.who, name: name.slice(0, 200), workflow, parameters, count, ...more },
          services,
        )
        return json({ id: started[0]?.id, runs: started.map(view) }, 202)
      },
    }),
    route({
      method: 'get',
      path: '/api/runs',
      about: 'Lists your runs, the newest first.',
      access: 'visitor',
      query: Type.Object({
        ...Page,
        status: Type.Optional(Status),
        favourite: Type.Optional(Type.Boolean()),
        search: Type.Optional(Type.String({ maxLength: 200, description: 'Part of the name or the title.' })),
      }),
      answer: Type.Object({ runs: Type.Array(RunView), total: Type.Integer() }),
      handle: async call => {
        const { page, total } = await pageOfRuns(store, listedOwners(call), call.query)
        return json({ runs: page.map(view), total })
      },
    }),
    route({
      method: 'get',
      path: '/api/runs/:id',
      about: 'Tells all of a run: where it is while it goes on, its report and its workflow when it has ended.',
      access: 'visitor',
      params: ById,
      answer: Type.Intersect([
        RunView,
        Type.Object({
          workflow: Document,
          progress: Type.Optional(Type.Object({ total: Type.Integer(), nodes: Type.Object({}) })),
          waitingBefore: Type.Optional(Type.Integer({ description: 'How many runs go before it.' })),
          report: Type.Optional(Type.Object({})),
        }),
      ]),
      handle: async ({ params, who }) => {
        const run = await find(params.id, who)
        const state = hub.state(run.id)
        const place = runs.waiting().findIndex(({ id }) => id === run.id)
        return json({
          ...view(run),
          workflow: await documentOf(run),
          ...(state ? { progress: { total: state.total, nodes: Object.fromEntries(state.nodes) } } : {}),
          ...(place < 0 ? {} : { waitingBefore: place }),
          ...(run.report === undefined ? {} : { report: await readJson(run.report) }),
        })
      },
    }),
    route({
      method: 'get',
      path: '/api/runs/:id/files/:number',
      about: 'Downloads a file of a run under its own name, with the workflow that made it inside.',
      access: 'visitor',
      params: Type.Object({ ...ById.properties, number: Type.Integer({ minimum: 0 }) }),
      handle: async ({ params, who }) => {
        const run = await find(params.id, who)
        const file = run.files?.[params.number]
        if (!file || !artifacts.has(file.artifact)) throw notFound('File')
        const bytes = stamped(await artifacts.read(file.artifact), JSON.stringify(await readJson(run.workflow)))
        const name = `${file.name}${file.artifact.slice(64)}`
        const headers = {
          ...SAFE_HEADERS,
          'Content-Type': `image/${file.format}`,
          'Content-Disposition': disposition('attachment', name),
          'Cache-Control': 'private, no-cache',
        }
        return { bytes, headers }
      },
    }),
    route({
      method: 'patch',
      path: '/api/runs/:id',
      about: 'Gives a run a title, or makes it a favourite.',
      access: 'visitor',
      params: ById,
      body: Type.Object({
        title: Type.Optional(Type.String({ maxLength: 200 })),
        favourite: Type.Optional(Type.Boolean()),
      }),
      answer: RunView,
      handle: async ({ params, who, body }) => {
        const { id } = await find(params.id, who)
        const changed = await store.update('runs', id, run => ({ ...run, ...body }))
        if (!changed) throw notFound('Run')
        return json(view(changed))
      },
    }),
    route({
      method: 'post',
      path: '/api/runs/:id/cancel',
      about: 'Ends a run: at once if it waits, at its next step if it runs.',
      access: 'visitor',
      params: ById,
      answer: Type.Object({ cancelled: Type.Boolean({ description: 'Whether there was anything to end.' }) }),
      handle: async ({ params, who }) => {
        const { id } = await find(params.id, who)
        return json({ cancelled: await runs.cancel(id) })
      },
    }),
    route({
      method: 'post',
      path: '/api/runs/:id/retry',
      about: 'Starts a new run of the same document.',
      access: 'visitor',
      params: ById,
      answer: Type.Object({ id: Type.String(), runs: Type.Array(RunView) }),
      handle: async ({ params, who }) => {
        const old = await find(params.id, who)
        const workflow = await documentOf(old)
        const { name, targets } = old
        const wanted = { who, name, workflow, parameters: {}, count: 1, ...(targets ? { targets } : {}) }
        const [run] = await startRuns(wanted, services)
        return json({ id: run?.id, runs: run ? [view(run)] : [] }, 202)
      },
    }),
    route({
      method: 'delete',
      path: '/api/runs/:id',
      about: 'Removes a run and its files; one that goes on is cancelled first.',
      access: 'visitor',
      params: ById,
      handle: async ({ params, who }) => {
        const run = await find(params.id, who)
        await runs.cancel(run.id)
        await removeRows([{ table: 'runs', row: run }], services)
        return { status: 204 }
      },
    }),
  ]
}

/** With the workflow that made it and how it was made; without the former where its format has no room (JPEG: 64 kB). */
function stamped(bytes: Uint8Array, workflow: string): Uint8Array {
  try {
    return stampImage(bytes, { workflow })
  } catch {
    return stampImage(bytes, {})
  }
}
