import { randomUUID } from 'node:crypto'
import { InvalidWorkflow } from '../../engine/errors.js'
import { own } from '../../engine/own.js'
import type { Registry } from '../../engine/registry.js'
import { Refusal } from '../http/refusal.js'
import type { Call } from '../http/route.js'
import Type, { type Static, type TSchema } from '../schema.js'
import type { Services } from '../services.js'
import { Conflict } from '../store/store.js'
import { comfyNodes } from './comfy-names.js'
import { inputPaths } from './input-paths.js'
import { allOutputsFailed, type NodeErrorTable, nodeErrorsOf, type PromptError, promptError } from './node-errors.js'
import { comfyParts } from './parts.js'
import { isRecord } from './prompt.js'
import { isPrompt, type PromptMemo } from './prompt-run.js'
import { type Accepted, promptToWorkflow, type Rejected } from './prompt-to-workflow.js'
import { uiToPrompt } from './ui-to-prompt.js'

const nullable = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]))

/** What starts a prompt. */
export const PromptBody = Type.Object({
  prompt: Type.Optional(Type.Unknown({ description: 'An API prompt, or the workflow as the editor saves it.' })),
  client_id: nullable(Type.String({ maxLength: 200 })),
  prompt_id: nullable(Type.String()),
  number: nullable(Type.Number()),
  front: nullable(Type.Boolean()),
  partial_execution_targets: nullable(Type.Array(Type.String())),
  extra_data: nullable(Type.Record(Type.String(), Type.Unknown())),
})
export type PromptBody = Static<typeof PromptBody>

/** A prompt that is queued. */
export interface Started {
  readonly id: string
  readonly number: number
  readonly nodeErrors: NodeErrorTable
}

/** A prompt that is not. */
export interface Refused extends Rejected {
  readonly status: number
}

type Sender = Pick<Call, 'who' | 'owner' | 'seesAnonymous' | 'sent'>

/** ComfyUI's own services get these; here nothing asks for them, and nothing keeps them. */
const SECRETS = new Set(['auth_token_comfy_org', 'api_key_comfy_org'])
/** Kept with the run: they differ from one sending of a prompt to the next. */
const PER_SENDING = new Set(['client_id', 'create_time'])

/** Answers what starts prompts: translated, kept as they came, queued as runs. */
export function promptStarter(services: Services) {
  const { runs, registry } = services
  const { documents, names } = comfyParts(services)
  const nextNumber = numbering(services)

  const translate = async (call: Sender, prompt: unknown, targets: PromptBody['partial_execution_targets']) =>
    promptToWorkflow(prompt, {
      registry,
      file: async place => (await names.find(call, place))?.artifact,
      inputFiles: loadsFiles(prompt, registry) ? await inputPaths(names, call) : [],
      targets: targets ?? null,
    })

  const queue = async (call: Sender, body: PromptBody, id: string, accepted: Accepted, editor: unknown) => {
    const { prompt, workflow, targets } = accepted
    const extra = keptExtra(body.extra_data ?? {}, editor)
    const document = await documents.keep({ prompt, extra, outputs: targets })
    const clientId = body.client_id || clientIn(body.extra_data)
    const { number, priority } = nextNumber(body)
    const memo: PromptMemo = {
      number,
      document,
      ...(clientId ? { clientId } : {}),
      ...(extra.preview_method === 'none' ? { previews: false } : {}),
    }
    await runs.start({
      who: call.who,
      name: 'prompt',
      workflow,
      targets,
      door: 'comfy',
      memo,
      artifacts: [document],
      priority,
      id,
      // One client library begins to listen when it has read the answer; a remembered prompt would be over by then.
      after: call.sent,
      ...(clientId ? { client: `comfy/${call.owner}/${clientId}` } : {}),
    })
    return number
  }

  return async (call: Sender, body: PromptBody): Promise<Started | Refused> => {
    if (body.prompt === undefined) return refused(promptError('no_prompt', 'No prompt provided'))
    const id = body.prompt_id ?? randomUUID()
    if (!isPromptId(id)) return refused(INVALID_ID)
    const editor = isEditorWorkflow(body.prompt) ? body.prompt : undefined
    const prompt = editor ? promptOf(editor, registry) : body.prompt
    const accepted = await translate(call, prompt, body.partial_execution_targets)
    if (accepted.error) return { status: 400, ...accepted }
    try {
      return { id, number: await queue(call, body, id, accepted, editor), nodeErrors: accepted.nodeErrors }
    } catch (error) {
      if (error instanceof Conflict) return refused(takenId(id), {}, 409)
      if (!(error instanceof InvalidWorkflow)) throw error
      const nodeErrors = { ...accepted.nodeErrors, ...nodeErrorsOf(error.issues, accepted, comfyNodes(registry)) }
      return refused(allOutputsFailed(nodeErrors), nodeErrors)
    }
  }
}

const refused = (error: PromptError, nodeErrors: NodeErrorTable = {}, status = 400): Refused => ({
  error,
  nodeErrors,
  status,
})

const INVALID_ID = promptError('invalid_prompt_id', '"prompt_id" must have 1 to 100 letters, digits, "-" and "_".')

const takenId = (id: string) =>
  promptError('duplicate_prompt_id', `There is a prompt ${id} already; give another id, or none.`)

/** What can be an id of a run, in a URL and as a key; ComfyUI's own are UUIDs. */
const isPromptId = (id: string) => /^[\w-]{1,100}$/.test(id) && id !== '__proto__'

/** An editor's file has its nodes in a list; an API prompt may well have a node called "nodes". */
const isEditorWorkflow = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isRecord(value) && Array.isArray(value.nodes)

/** @throws Refusal 400 for what is no file of the editor. */
function promptOf(editor: unknown, registry: Registry) {
  try {
    return uiToPrompt(editor, registry)
  } catch (error) {
    if (error instanceof InvalidWorkflow) throw new Refusal(400, 'invalid_prompt', error.message)
    throw error
  }
}

/** Whether a node of the prompt takes a file, so that it matters which ones there are. */
const loadsFiles = (prompt: unknown, registry: Registry): boolean =>
  isRecord(prompt) &&
  Object.values(prompt).some(node => {
    const type = isRecord(node) ? own(node, 'class_type') : undefined
    const definition = typeof type === 'string' ? registry.get(type) : undefined
    return definition !== undefined && Object.values(definition.inputs).some(({ upload }) => upload)
  })

function clientIn(extra: PromptBody['extra_data']): string | undefined {
  const id = extra?.client_id
  return typeof id === 'string' ? id.slice(0, 200) : undefined
}

function keptExtra(extra: Readonly<Record<string, unknown>>, editor: unknown): Readonly<Record<string, unknown>> {
  const kept = Object.entries(extra).filter(([key]) => !SECRETS.has(key) && !PER_SENDING.has(key))
  const info = isRecord(extra.extra_pnginfo) ? extra.extra_pnginfo : {}
  const isCarried = editor === undefined || info.workflow !== undefined
  return { ...Object.fromEntries(kept), ...(isCarried ? {} : { extra_pnginfo: { ...info, workflow: editor } }) }
}

/**
 * ComfyUI counts prompts, and the lowest number goes first. Here all prompts are equal by default, so that everybody
 * gets his turn; a number that was asked for goes before or behind as far as it is from the one that was next.
 */
function numbering({ runs }: Services) {
  const live = [...runs.waiting(), ...runs.running()].filter(isPrompt)
  let next = 1 + Math.max(0, ...live.map(({ memo }) => Math.ceil(Math.abs(memo.number))))
  return ({ number, front }: PromptBody): { number: number; priority: number } => {
    const count = next++
    if (typeof number === 'number') return { number, priority: number - count }
    return front ? { number: -count, priority: -count } : { number: count, priority: 0 }
  }
}
