import Type, { type Static } from '../schema.js'
import { EarlyFile, RunView, Status } from './run-view.js'

const RunId = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'The id of a run, as POST /api/runs answered it.',
})
const Everything = Type.Literal(true, { description: 'All runs that your list of runs shows, also those to come.' })

/** What a program may send over `/api/socket`. */
export const ClientMessage = Type.Union(
  [
    Type.Object({ type: Type.Literal('subscribe'), run: RunId }, { additionalProperties: false }),
    Type.Object({ type: Type.Literal('subscribe'), all: Everything }, { additionalProperties: false }),
    Type.Object({ type: Type.Literal('unsubscribe'), run: RunId }, { additionalProperties: false }),
    Type.Object({ type: Type.Literal('unsubscribe'), all: Everything }, { additionalProperties: false }),
    Type.Object({ type: Type.Literal('ping') }, { additionalProperties: false }),
  ],
  { $id: 'SocketClientMessage', description: 'What a program may send over /api/socket, as JSON.' },
)
export type ClientMessage = Static<typeof ClientMessage>

/** Told of a node that has finished, if it is a target, as every sink is by default. */
const answered = {
  outputs: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'What the node answered: numbers, texts, files; absent of nodes that only hand on.',
    }),
  ),
  files: Type.Optional(Type.Array(EarlyFile, { description: 'The files among the outputs, ready to be shown.' })),
}

const NodeState = Type.Object({
  state: Type.Enum(['running', 'finished', 'cached', 'failed']),
  step: Type.Integer(),
  steps: Type.Integer(),
  item: Type.Integer(),
  items: Type.Integer(),
  ms: Type.Number(),
  message: Type.Optional(Type.String()),
  ...answered,
})

/** All that is to be known of a run at one moment. */
export const RunState = Type.Object({
  status: Status,
  total: Type.Integer({ description: 'How many steps the plan has; 0 before it starts, and of a run that has ended.' }),
  nodes: Type.Record(Type.String(), NodeState, { description: 'Nodes that have not begun are absent.' }),
  files: Type.Optional(RunView.properties.files),
  failure: Type.Optional(Type.String()),
})
export type RunState = Static<typeof RunState>

const event = <N extends string, P extends Parameters<typeof Type.Object>[0]>(type: N, more: P) =>
  Type.Object({ type: Type.Literal(type), run: Type.String(), ...more })
const node = Type.String()

/** What the server sends over `/api/socket`; the events are the engine's own, without the bytes of previews. */
export const ServerMessage = Type.Union(
  [
    Type.Object({ type: Type.Literal('subscribed'), run: Type.String(), state: RunState }),
    Type.Object({
      type: Type.Literal('subscribed'),
      all: Type.Literal(true),
      runs: Type.Array(Type.Object({ run: Type.String(), state: RunState })),
    }),
    Type.Object({ type: Type.Literal('unsubscribed'), run: Type.String() }),
    Type.Object({ type: Type.Literal('unsubscribed'), all: Type.Literal(true) }),
    Type.Object({ type: Type.Literal('pong') }),
    Type.Object({
      type: Type.Literal('error'),
      code: Type.String({ description: "A word for programs: 'malformed', 'not-found', 'too-many', 'not-signed-in'." }),
      message: Type.String(),
      run: Type.Optional(Type.String()),
    }),
    event('run-queued', {}),
    event('run-started', { nodes: Type.Integer() }),
    event('node-started', { node }),
    event('node-progress', {
      node,
      item: Type.Integer(),
      items: Type.Integer(),
      step: Type.Integer(),
      steps: Type.Integer(),
    }),
    event('node-log', { node, message: Type.String() }),
    event('node-warning', { node, message: Type.String() }),
    event('node-finished', { node, cached: Type.Boolean(), ms: Type.Number(), ...answered }),
    event('node-failed', { node, message: Type.String() }),
    event('run-finished', {}),
    event('run-failed', { message: Type.String() }),
    event('run-cancelled', {}),
  ],
  {
    $id: 'SocketServerMessage',
    description:
      'What the server sends over /api/socket, as JSON. Previews come as binary frames: uint32 4, uint32 length of the metadata, the metadata as JSON {node_id, prompt_id, image_type, …}, the picture; integers are big-endian.',
  },
)
