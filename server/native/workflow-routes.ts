import type { Workflow } from '../../engine/workflow.js'
import { disposition } from '../artifact/file-headers.js'
import { workflowToPrompt } from '../comfy/workflow-to-prompt.js'
import { workflowToUi } from '../comfy/workflow-to-ui.js'
import { type Call, json, type Route, route } from '../http/route.js'
import Type from '../schema.js'
import type { Services } from '../services.js'
import type { SavedWorkflow } from '../store/store.js'
import { FORM_WITH_FILE, PICTURE } from '../upload/described.js'
import { type Documents, readWorkflow } from './documents.js'
import { importWorkflow } from './import-workflow.js'
import { ById, Document, listedOwners, Time } from './lists.js'
import { openSavedWorkflows } from './saved-workflows.js'
import { sharedPath, summarise, viewWorkflow, WorkflowSummary, WorkflowView } from './workflow-view.js'

const Name = Type.String({ minLength: 1, maxLength: 200 })

/** Workflows: those that come with the program, and those that people save, share, take away and bring. */
export function workflowRoutes(services: Services, documents: Documents): readonly Route[] {
  const { store, registry } = services
  const workflows = openSavedWorkflows(services)
  const view = async (saved: SavedWorkflow) => viewWorkflow(await documents.read(saved), registry)
  const list = async (call: Call) => {
    const saved = await store.list('workflows', { where: { owner: listedOwners(call) } })
    const known = [
      ...(await Promise.all(documents.shipped.map(name => documents.get(name, call.who)))),
      ...(await Promise.all(saved.map(row => documents.read(row)))),
    ]
    return known.map(each => summarise(each))
  }
  return [
    route({
      method: 'get',
      path: '/api/workflows',
      about: 'Lists the workflows that come with the program, and yours, the newest first.',
      access: 'visitor',
      answer: Type.Object({ workflows: Type.Array(WorkflowSummary) }),
      handle: async call => json({ workflows: await list(call) }),
    }),
    route({
      method: 'post',
      path: '/api/workflows',
      about: 'Saves a workflow.',
      access: 'visitor',
      body: Type.Object({ name: Type.Optional(Name), document: Document }),
      answer: WorkflowView,
      handle: async ({ who, body }) => {
        const workflow = readWorkflow(body.document)
        const saved = await workflows.create(who, nameOf(body.name ?? workflow.name), workflow)
        return json(await view(saved), 201)
      },
    }),
    route({
      method: 'post',
      path: '/api/workflows/import',
      about:
        'Saves the workflow of a JSON file or of a picture that carries one, ours or ComfyUI’s: the body itself, or `file` of a form.',
      access: 'visitor',
      perMinute: 120,
      content: { 'application/json': Document, ...FORM_WITH_FILE, ...PICTURE },
      answer: WorkflowView,
      handle: async ({ who, request }) => {
        const workflow = await importWorkflow(request, services)
        return json(await view(await workflows.create(who, nameOf(workflow.name), workflow)), 201)
      },
    }),
    route({
      method: 'get',
      path: '/api/workflows/:id',
      about: 'Tells a workflow: its document, and the parameters that it can be given.',
      access: 'visitor',
      params: ById,
      query: Type.Object({ version: Type.Optional(Type.Integer({ minimum: 1 })) }),
      answer: WorkflowView,
      handle: async ({ params, query, who }) =>
        json(viewWorkflow(await documents.get(params.id, who, query.version), registry)),
    }),
    route({
      method: 'put',
      path: '/api/workflows/:id',
      about: 'Saves a new version of a workflow; the old ones stay.',
      access: 'visitor',
      params: ById,
      body: Type.Object({
        name: Type.Optional(Name),
        document: Document,
        version: Type.Optional(
          Type.Integer({ description: 'The newest that you saw; 409 if somebody saved another since.' }),
        ),
      }),
      answer: WorkflowView,
      handle: async ({ params, who, body: { name, document, version } }) => {
        const change = {
          workflow: readWorkflow(document),
          ...(name === undefined ? {} : { name }),
          ...(version === undefined ? {} : { seen: version }),
        }
        return json(await view(await workflows.revise(params.id, who, change)))
      },
    }),
    route({
      method: 'delete',
      path: '/api/workflows/:id',
      about: 'Removes a saved workflow with all its versions.',
      access: 'visitor',
      params: ById,
      handle: async ({ params, who }) => {
        await workflows.remove(params.id, who)
        return { status: 204 }
      },
    }),
    route({
      method: 'get',
      path: '/api/workflows/:id/versions',
      about: 'Lists the versions of a saved workflow, the oldest first.',
      access: 'visitor',
      params: ById,
      answer: Type.Object({ versions: Type.Array(Type.Object({ version: Type.Integer(), createdAt: Time })) }),
      handle: async ({ params, who }) => {
        const { versions } = await workflows.find(params.id, who)
        return json({ versions: versions.map(({ createdAt }, index) => ({ version: index + 1, createdAt })) })
      },
    }),
    route({
      method: 'get',
      path: '/api/workflows/:id/export',
      about: 'Downloads a workflow as a JSON file: ours, or one that ComfyUI’s editor opens, or its API prompt.',
      access: 'visitor',
      params: ById,
      query: Type.Object({
        format: Type.Optional(Type.Enum(['portrait', 'comfyui', 'comfyui-api'], { default: 'portrait' })),
      }),
      answer: Type.Unknown(),
      handle: async ({ params, query: { format = 'portrait' }, who }) => {
        const known = await documents.get(params.id, who)
        const headers = { 'Content-Disposition': disposition('attachment', `${summarise(known).name}.json`) }
        return { json: EXPORTS[format](known.workflow, registry), headers }
      },
    }),
    route({
      method: 'post',
      path: '/api/workflows/:id/share',
      about: 'Gives a workflow a link by which whoever has it may read it; the same link again if it has one.',
      access: 'visitor',
      params: ById,
      answer: Type.Object({ token: Type.String(), url: Type.String() }),
      handle: async ({ params, who }) => {
        const { share = '' } = await workflows.share(params.id, who, true)
        return json({ token: share, url: sharedPath(share) })
      },
    }),
    route({
      method: 'delete',
      path: '/api/workflows/:id/share',
      about: 'Takes the link away: it leads nowhere from now on.',
      access: 'visitor',
      params: ById,
      handle: async ({ params, who }) => {
        await workflows.share(params.id, who, false)
        return { status: 204 }
      },
    }),
    route({
      method: 'get',
      path: '/api/shared/:token',
      about: 'Tells a workflow that was shared by a link.',
      access: 'anyone',
      params: Type.Object({ token: Type.String({ minLength: 20, maxLength: 100 }) }),
      answer: WorkflowView,
      handle: async ({ params }) =>
        json(viewWorkflow(await documents.read(await workflows.shared(params.token)), registry, false)),
    }),
  ]
}

const EXPORTS = {
  portrait: (workflow: Workflow) => workflow,
  comfyui: workflowToUi,
  'comfyui-api': workflowToPrompt,
} as const

const nameOf = (name: string | undefined) => (name?.trim() || 'Untitled').slice(0, 200)
