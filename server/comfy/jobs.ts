import type { Principal } from '../access/principal.js'
import { type Answer, json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import { endedPrompts } from './history.js'
import { jobOf } from './job.js'
import { type JobQuery, jobQuery } from './job-query.js'
import type { Reader } from './named-files.js'
import { comfyParts } from './parts.js'
import { findPrompt, hasEnded, listedPrompts, type PromptRun } from './prompt-run.js'

const Job = Type.Record(Type.String(), Type.Unknown())
const text = () => Type.Optional(Type.String())
const Query = Type.Object({
  status: text(),
  workflow_id: text(),
  sort_by: text(),
  sort_order: text(),
  limit: text(),
  offset: text(),
})
const NOT_FOUND = json({ error: 'Job not found' }, 404)
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Prompts that wait, run and have ended, in one list. */
export function jobRoutes(services: Services): Route[] {
  const { runs } = services
  const { ends, documents } = comfyParts(services)
  const describe = async (run: PromptRun) => {
    const document = await documents.read(run.memo.document)
    return jobOf(run, document, hasEnded(run) ? await ends.of(run) : undefined)
  }

  const list = async (reader: Reader, query: JobQuery) => {
    const live = listedPrompts([...runs.running(), ...runs.waiting()], reader)
    // What has ended meanwhile is in both.
    const ended = await endedPrompts(services, reader, {})
    const all = new Map([...live, ...ended].map(run => [run.id, run]))
    const jobs = [...all.values()].filter(query.wants).sort(query.compare)
    const chosen = query.workflow === undefined ? jobs : await ofWorkflow(jobs, query.workflow)
    const { offset, limit = chosen.length } = query
    const page = await Promise.all(chosen.slice(offset, offset + limit).map(describe))
    const total = chosen.length
    return {
      jobs: page.map(({ outputs: _o, execution_status: _s, workflow: _w, ...job }) => job),
      pagination: { offset, limit: query.limit ?? null, total, has_more: offset + page.length < total },
    }
  }
  const ofWorkflow = async (some: readonly PromptRun[], workflow: string) => {
    const described = await Promise.all(some.map(async run => ({ run, job: await describe(run) })))
    return described.filter(({ job }) => job.workflow_id === workflow).map(({ run }) => run)
  }
  const cancel = async (who: Principal, id: string): Promise<boolean> => {
    const run = await findPrompt(services, who, id)
    return run !== undefined && !hasEnded(run) && runs.cancel(run.id)
  }

  return [
    route({
      method: 'get',
      path: '/jobs',
      about: 'Lists prompts that wait, run and have ended.',
      access: 'visitor',
      query: Query,
      answer: Type.Object({ jobs: Type.Array(Job), pagination: Type.Record(Type.String(), Type.Unknown()) }),
      handle: async (call): Promise<Answer> => {
        const query = jobQuery(call.query)
        return typeof query === 'string' ? json({ error: query }, 400) : json(await list(call, query))
      },
    }),
    route({
      method: 'get',
      path: '/jobs/:id',
      about: 'Tells all of one prompt.',
      access: 'visitor',
      params: Type.Object({ id: Type.String() }),
      answer: Job,
      handle: async ({ params, who }) => {
        const run = await findPrompt(services, who, params.id)
        return run ? json(await describe(run)) : NOT_FOUND
      },
    }),
    route({
      method: 'post',
      path: '/jobs/cancel',
      about: 'Cancels prompts, waiting or running.',
      access: 'visitor',
      body: Type.Object({ job_ids: Type.Optional(Type.Unknown()) }),
      answer: Type.Object({ cancelled: Type.Array(Type.String()) }),
      handle: async ({ who, body }): Promise<Answer> => {
        const ids = body.job_ids
        if (!Array.isArray(ids)) return json({ error: '"job_ids" must be a list of ids.' }, 400)
        const invalid = ids.filter(id => typeof id !== 'string' || !UUID.test(id))
        if (invalid.length > 0) return json({ error: 'Some ids are not UUIDs.', invalid_ids: invalid }, 400)
        const done = await Promise.all(ids.map(async (id: string) => ((await cancel(who, id)) ? [id] : [])))
        return json({ cancelled: done.flat() })
      },
    }),
    route({
      method: 'post',
      path: '/jobs/:id/cancel',
      about: 'Cancels a prompt, waiting or running.',
      access: 'visitor',
      params: Type.Object({ id: Type.String() }),
      answer: Type.Object({ cancelled: Type.Boolean() }),
      handle: async ({ who, params }) => json({ cancelled: await cancel(who, params.id) }),
    }),
  ]
}
