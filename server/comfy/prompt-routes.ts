import { randomUUID } from 'node:crypto'
import Type, { type Static } from 'typebox'
import { InvalidWorkflow } from '../../engine/errors.js'
import { Refusal } from '../http/refusal.js'
import { type Answer, type Call, json, type Route, route } from '../http/route.js'
import type { Services } from '../services.js'
import { Conflict } from '../store/store.js'
import { comfyNodes } from './comfy-names.js'
import { inputPaths } from './input-paths.js'
import { allOutputsFailed, type NodeErrorTable, nodeErrorsOf, type PromptError, promptError } from './node-errors.js'
import { comfyParts } from './parts.js'
import { isRecord } from './prompt.js'
import { isPrompt, type PromptMemo } from './prompt-run.js'
import { promptToWorkflow } from './prompt-to-workflow.js'
import { execInfo } from './status.js'
import { uiToPrompt } from './ui-to-prompt.js'

const nullable = <T extends Type.TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]))

const Body = Type.Object({
  prompt: Type.Optional(Type.Unknown({ description: 'An API prompt, or the workflow as the editor saves it.' })),
  client_id: nullable(Type.String({ maxLength: 200 })),
  prompt_id: nullable(Type.String()),
  number: nullable(Type.Number()),
  front: nullable(Type.Boolean()),
  partial_execution_targets: nullable(Type.Array(Type.String())),
  extra_data: nullable(Type.Record(Type.String(), Type.Unknown())),
})
type Body = Static<typeof Body>
type Sender = Pick<Call, 'who' | 'owner' | 'seesAnonymous' | 'sent'>

const Accepted = Type.Object({
  prompt_id: Type.String(),
  number: Type.Number(),
  node_errors: Type.Record(Type.String(), Type.Unknown()),
})

/** ComfyUI's own services get these; here nothing asks for them, and nothing keeps them. */
const SECRETS = new Set(['auth_token_comfy_org', 'api_key_comfy_org'])
/** Kept with the run: they differ from one sending of a prompt to the next. */
const PER_SENDING = new Set(['client_id', 'create_time'])

/** Starting a prompt, and how much there is to do. */
export function promptRoutes(services: Services): Route[] {
  const { runs, registry, log } = services
  const { documents, names } = comfyParts(services)
  const nextNumber = numbering(services)

  const promptOf = (editor: unknown) => {
    try {
      return uiToPrompt(editor, registry)
    } catch (error) {
      if (error instanceof InvalidWorkflow) throw new Refusal(400, 'invalid_prompt', error.message)
      throw error
    }
  }
  const start = async (call: Sender, body: Body): Promise<Answer> => {
    if (body.prompt === undefined) return refuse(promptError('no_prompt', 'No prompt provided'))
    const id = body.prompt_id ?? randomUUID()
    if (!isPromptId(id))
      return refuse(promptError('invalid_prompt_id', '"prompt_id" must have 1 to 100 letters, digits, "-" and "_".'))
    const editor = isEditorWorkflow(body.prompt) ? body.prompt : undefined
    const prompt = editor ? promptOf(editor) : body.prompt
    const translated = await promptToWorkflow(prompt, {
      registry,
      file: async place => (await names.find(call, place))?.artifact,
      inputFiles: await inputPaths(names, call),
      targets: body.partial_execution_targets ?? null,
    })
    if (translated.error) return refuse(translated.error, translated.nodeErrors)

    const extra = keptExtra(body.extra_data ?? {}, editor)
    const document = await documents.keep({ prompt: translated.prompt, extra, outputs: translated.targets })
    const clientId = body.client_id || textOf(body.extra_data?.client_id)
    const { number, priority } = nextNumber(body)
    const memo: PromptMemo = {
      number,
      document,
      ...(clientId ? { clientId } : {}),
      ...(extra.preview_method === 'none' ? { previews: false } : {}),
    }
    try {
      await runs.start({
        who: call.who,
        name: 'prompt',
        workflow: translated.workflow,
        targets: translated.targets,
        door: 'comfy',
        memo,
        artifacts: [document],
        priority,
        id,
        // One client library begins to listen when it has read the answer; a remembered prompt would be over by then.
        after: call.sent,
        ...(clientId ? { client: `comfy/${call.owner}/${clientId}` } : {}),
      })
    } catch (error) {
      if (error instanceof InvalidWorkflow) {
        const nodeErrors = nodeErrorsOf(error.issues, translated, comfyNodes(registry))
        return refuse(allOutputsFailed(nodeErrors), nodeErrors)
      }
      if (!(error instanceof Conflict)) throw error
      const message = `There is a prompt ${id} already; give another id, or none.`
      return refuse(promptError('duplicate_prompt_id', message), {}, 409)
    }
    log.debug({ run: id, number }, 'got prompt')
    return json({ prompt_id: id, number, node_errors: translated.nodeErrors })
  }

  return [
    route({
      method: 'get',
      path: '/prompt',
      about: 'Tells how many prompts wait and run.',
      access: 'visitor',
      answer: Type.Object({ exec_info: Type.Object({ queue_remaining: Type.Integer() }) }),
      handle: () => json(execInfo(services)),
    }),
    route({
      method: 'post',
      path: '/prompt',
      about: 'Queues a prompt: in ComfyUI’s API format, or as its editor saves a workflow.',
      access: 'visitor',
      body: Body,
      answer: Accepted,
      handle: call => start(call, call.body),
    }),
  ]
}

const refuse = (error: PromptError, nodeErrors: NodeErrorTable = {}, status = 400): Answer =>
  json({ error, node_errors: nodeErrors }, status)

/** What can be an id of a run, in a URL and as a key; ComfyUI's own are UUIDs. */
const isPromptId = (id: string) => /^[\w-]{1,100}$/.test(id) && id !== '__proto__'

const textOf = (value: unknown) => (typeof value === 'string' ? value.slice(0, 200) : undefined)

/** An editor's file has its nodes in a list; an API prompt may well have a node called "nodes". */
const isEditorWorkflow = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isRecord(value) && Array.isArray(value.nodes)

function keptExtra(extra: Readonly<Record<string, unknown>>, editor: unknown): Readonly<Record<string, unknown>> {
  const kept = Object.entries(extra).filter(([key]) => !SECRETS.has(key) && !PER_SENDING.has(key))
  const info = isRecord(extra.extra_pnginfo) ? extra.extra_pnginfo : {}
  const workflow =
    editor !== undefined && info.workflow === undefined ? { extra_pnginfo: { ...info, workflow: editor } } : {}
  return { ...Object.fromEntries(kept), ...workflow }
}

/**
 * ComfyUI counts prompts, and the lowest number goes first. Here all prompts are equal by default, so that everybody
 * gets his turn; a number that was asked for goes before or behind as far as it is from the one that was next.
 */
function numbering({ runs }: Services) {
  const waiting = [...runs.waiting(), ...runs.running()].filter(isPrompt)
  let next = 1 + Math.max(0, ...waiting.map(({ memo }) => Math.abs(memo.number)))
  return ({ number, front }: Body): { number: number; priority: number } => {
    const count = Math.floor(next++)
    if (typeof number === 'number') return { number, priority: number - count }
    return front ? { number: -count, priority: -count } : { number: count, priority: 0 }
  }
}
