import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { mayReach } from '../access/principal.js'
import { previewFrame } from '../comfy/preview-frame.js'
import type { NodeState } from '../hub.js'
import type { Services } from '../services.js'
import type { SocketClient, SocketDoor, SocketSession } from '../socket/socket-door.js'
import type { Run } from '../store/store.js'
import { viewOutputs, viewRun } from './run-view.js'
import { ClientMessage, type RunState } from './socket-message.js'
import { openWatchers, type Watcher, type Watchers } from './watchers.js'

/** Runs that one socket may watch by their ids. */
const MOST_RUNS = 1000

/** Tells programs of runs while they go on, at `/api/socket`; `socket-message.ts` says in which words. */
export function nativeSocket(services: Services): SocketDoor {
  const watchers = openWatchers(services)
  const read = messageReader()
  return {
    path: /^\/api\/socket$/,
    connect: client => openSession(services, watchers, read, client),
  }
}

function openSession(
  services: Services,
  watchers: Watchers,
  read: (text: string) => ClientMessage | undefined,
  client: SocketClient,
): SocketSession {
  const { store, hub, runs, config } = services
  const { who, owner, send } = client
  const seesAnonymous = config.access === 'open'
  let isClosed = false
  const watcher: Watcher = {
    client,
    runs: new Set(),
    watchesAll: run => (run.owner === 'anonymous' ? seesAnonymous : run.owner === owner),
  }

  const fail = (code: string, message: string, run?: string) =>
    send({ type: 'error', code, message, ...(run === undefined ? {} : { run }) })

  const sendPreview = (run: string) => {
    const newest = hub.state(run)?.preview
    if (newest) client.sendPreview(run, previewFrame({ run, ...newest }))
  }

  const subscribe = async (id: string) => {
    if (watcher.runs.size >= MOST_RUNS)
      return fail('too-many', `At most ${MOST_RUNS} runs may be watched by id; unsubscribe from some.`, id)
    let row = await store.get('runs', id)
    // Ended while it was read: what the hub forgets is on disk by then, so it is read once more.
    if (row && !hasEnded(row) && !hub.state(id)) row = await store.get('runs', id)
    if (isClosed) return
    if (!row || !mayReach(who, row.owner)) return fail('not-found', 'Run not found', id)
    // From here on nothing is waited for, so that no event comes between the state and what follows it.
    if (hub.state(id) || !hasEnded(row)) watchers.watch(id, watcher)
    send({ type: 'subscribed', run: id, state: stateOf(row, services) })
    sendPreview(id)
  }

  const subscribeAll = () => {
    if (who.kind === 'anonymous' && !seesAnonymous)
      return fail('not-signed-in', 'Without an account no runs are yours; subscribe to each by its id, or sign in.')
    watchers.watchAll(watcher)
    const mine = [...runs.running(), ...runs.waiting()].filter(watcher.watchesAll)
    send({ type: 'subscribed', all: true, runs: mine.map(row => ({ run: row.id, state: stateOf(row, services) })) })
    for (const { id } of mine) sendPreview(id)
  }

  const unsubscribe = (id: string) => {
    watchers.unwatch(id, watcher)
    send({ type: 'unsubscribed', run: id })
  }

  const answer = (message: ClientMessage | undefined): unknown => {
    if (!message) return fail('malformed', MALFORMED)
    if (message.type === 'ping') return send({ type: 'pong' })
    if (message.type === 'subscribe') return 'run' in message ? subscribe(message.run) : subscribeAll()
    if ('run' in message) return unsubscribe(message.run)
    watchers.unwatchAll(watcher)
    send({ type: 'unsubscribed', all: true })
  }

  let turn: Promise<unknown> = Promise.resolve()
  return {
    // One after another: an 'unsubscribe' must not overtake the 'subscribe' that still reads the run.
    receive: text => (turn = turn.then(() => (isClosed ? undefined : answer(read(text))))),
    closed: () => {
      isClosed = true
      for (const id of watcher.runs) watchers.unwatch(id, watcher)
      watchers.unwatchAll(watcher)
    },
  }
}

const MALFORMED =
  'A message must be {"type":"subscribe","run":ID}, {"type":"subscribe","all":true}, the same with "unsubscribe", or {"type":"ping"}.'

const hasEnded = ({ status }: Run) => status !== 'queued' && status !== 'running'

function stateOf(row: Run, services: Services): RunState {
  const live = services.hub.state(row.id)
  const { status, files, failure } = viewRun(row, services)
  return {
    status,
    total: live?.total ?? 0,
    nodes: Object.fromEntries([...(live?.nodes ?? [])].map(([id, node]) => [id, stateOfNode(id, node, services)])),
    ...(row.files ? { files } : {}),
    ...(failure === undefined ? {} : { failure }),
  }
}

const stateOfNode = (id: string, node: NodeState, services: Services): RunState['nodes'][string] =>
  node.outputs ? { ...node, files: viewOutputs(id, node.outputs, services) } : node

function messageReader(): (text: string) => ClientMessage | undefined {
  let isMessage: ValidateFunction<ClientMessage> | undefined
  return text => {
    // Compiled with the first message: a server that starts should not wait for it.
    isMessage ??= new Ajv2020().compile<ClientMessage>(ClientMessage)
    const message = parsed(text)
    return isMessage(message) ? message : undefined
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
