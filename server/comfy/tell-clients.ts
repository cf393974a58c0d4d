import { messageOf } from '../../engine/errors.js'
import type { ExecutionEvent } from '../../engine/event.js'
import type { Services } from '../services.js'
import type { Run } from '../store/store.js'
import { type Message, openTeller, type Teller } from './events.js'
import { inTurn } from './in-turn.js'
import { showsSomething } from './node-outputs.js'
import { comfyParts } from './parts.js'
import { plainPreviewFrame, previewFrame } from './preview-frame.js'
import type { NodeFinished } from './prompt-end.js'
import { hasEnded, isPrompt, type PromptRun } from './prompt-run.js'
import type { Session } from './sessions.js'
import { statusMessage } from './status.js'

/**
 * A client that listens only when it has read the answer to its prompt can miss all that a remembered prompt tells, which
 * is over in 3 ms, and would wait for ever; it looks into the history when it hears once more that the prompt is over.
 */
const AGAIN_MS = [250, 1000]
/** Whoever sends a prompt has long read the answer by then. */
const UNMISSABLE_MS = 2000
const NO_END = { outputs: {}, cached: [], executed: [] }

/** Carries the events of runs to ComfyUI's clients from now on. */
export function tellClients(services: Services) {
  const { hub, log, runs } = services
  const { ends, sessions, untold } = comfyParts(services)
  const tellers = new Map<string, Teller>()
  const take = inTurn()

  const say = (run: PromptRun, message: Message) => {
    for (const { client } of sessions.hearing(run, message.type)) client.send(message)
  }
  const tellStatus = () => {
    if (sessions.count() === 0) return
    const message = statusMessage(services)
    for (const { client } of sessions.all()) client.send(message)
  }
  const tellerOf = (run: PromptRun): Teller => {
    const teller = tellers.get(run.id) ?? openTeller(run.id, message => say(run, message))
    tellers.set(run.id, teller)
    return teller
  }
  const showPreview = (run: PromptRun, event: ExecutionEvent) => {
    if (event.type !== 'node-progress' || !event.preview || run.memo.previews === false) return
    for (const { client, flags } of sessions.hearing(run, event.type)) {
      const frame = flags.has('supports_preview_metadata')
        ? previewFrame({ run: run.id, node: event.node, preview: event.preview })
        : plainPreviewFrame(event.preview)
      client.sendPreview(run.id, frame)
    }
  }
  /** As soon as it is there; what cannot be named now is tried again at the end. */
  const tellShown = async (run: PromptRun, finished: NodeFinished) => {
    try {
      const output = await ends.shown(run, finished)
      if (showsSomething(output)) tellerOf(run).executed(finished.node, output)
    } catch (error) {
      log.warn({ run: run.id, node: finished.node, err: messageOf(error) }, 'the results of a node could not be named')
    }
  }
  /**
   * By now the history has the run and the queue has not. What follows goes out in one piece: three client libraries
   * look into queue and history at each `status`, and take a prompt that is in neither for lost.
   */
  const tellEnd = async (run: PromptRun) => {
    const end = await ends.of(run).catch(error => {
      log.error({ run: run.id, err: messageOf(error) }, 'the results of a prompt could not be named')
      return NO_END
    })
    untold.delete(run.id)
    tellerOf(run).end(run, end)
    tellers.delete(run.id)
    tellStatus()
    sayOver(run)
    if ((run.endedAt ?? run.createdAt) - run.createdAt > UNMISSABLE_MS) return
    for (const ms of AGAIN_MS) setTimeout(() => isIdle(run) && sayOver(run), ms).unref()
  }
  const sayOver = (run: PromptRun) => say(run, { type: 'executing', data: { node: null, prompt_id: run.id } })
  /** Whether its client waits for nothing else, which it could take the message for. */
  const isIdle = ({ client }: PromptRun) =>
    client !== undefined && ![...runs.running(), ...runs.waiting()].some(other => other.client === client)

  hub.listen('all', (event, run, state) => {
    if (event.type === 'run-queued' || event.type === 'run-started') tellStatus()
    const isEnd = isEndEvent(event)
    if (isEnd && !isPrompt(run)) tellStatus()
    if (!isPrompt(run)) return
    // Else a client that looks at another's `status` would find it in the history before it has heard that it began.
    if (isEnd) untold.set(run.id, run)
    // What belongs to one client goes out in order, though results wait for their names.
    take(run.client ?? run.id, () => {
      if (isEnd) return tellEnd(ended(run, event))
      tellerOf(run).event(event, state)
      showPreview(run, event)
      return event.type === 'node-finished' && event.outputs ? tellShown(run, event) : undefined
    })
  })

  return {
    tellStatus,
    /** Tells a client that comes back where its prompt is. */
    replay: (run: string, { client }: Session) => tellers.get(run)?.replay(message => client.send(message)),
  }
}

const isEndEvent = ({ type }: ExecutionEvent) =>
  type === 'run-finished' || type === 'run-failed' || type === 'run-cancelled'

/** The run with its end, also when that could not be kept: then it goes on after a restart, but here it is over. */
function ended<R extends Run>(run: R, event: ExecutionEvent): R {
  if (hasEnded(run)) return run
  return { ...run, status: 'failed', failure: event.type === 'run-failed' ? event.message : '' }
}
