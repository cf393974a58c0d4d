import type { PlainOutputs } from '../../engine/plain.js'
import { savedFiles } from '../export.js'
import Type, { type Static } from '../schema.js'
import type { Services } from '../services.js'
import type { Run } from '../store/store.js'
import { Time } from './lists.js'

const RUN_STATUS = ['queued', 'running', 'finished', 'failed', 'cancelled'] as const
export const Status = Type.Enum([...RUN_STATUS])

/** A file as it is told when its node has finished; the rest comes with the run's end. */
export const EarlyFile = Type.Object({
  node: Type.String(),
  artifact: Type.String(),
  name: Type.String(),
  format: Type.String(),
  width: Type.Integer(),
  height: Type.Integer(),
  preview: Type.Optional(Type.Boolean({ description: 'Made to be looked at on the way, not to be kept.' })),
  url: Type.String({ description: 'Shows the file; needs no token. Add &size=256 for a thumbnail.' }),
})
export type EarlyFile = Static<typeof EarlyFile>

/** A file of a run, as it is told. */
const FileView = Type.Object({
  ...EarlyFile.properties,
  download: Type.String({ description: 'The file with its workflow inside, under its own name.' }),
})

/** A run, as it is told. */
export const RunView = Type.Object({
  id: Type.String(),
  name: Type.String({ description: 'Of the workflow.' }),
  title: Type.Optional(Type.String()),
  favourite: Type.Boolean(),
  status: Status,
  priority: Type.Integer(),
  client: Type.Optional(Type.String()),
  createdAt: Time,
  startedAt: Type.Optional(Time),
  endedAt: Type.Optional(Time),
  failure: Type.Optional(Type.String({ description: 'What went wrong, in a sentence.' })),
  files: Type.Array(FileView),
})
export type RunView = Static<typeof RunView>

/** The files among what one node of a run that still goes on answered. */
export const viewOutputs = (node: string, outputs: PlainOutputs, { links }: Pick<Services, 'links'>): EarlyFile[] =>
  savedFiles(outputs).map(file => ({ node, ...file, url: links.sign(`/api/artifacts/${file.artifact}`) }))

/** What is told of a run; its status is the live one. */
export function viewRun(run: Run, { hub, links }: Pick<Services, 'hub' | 'links'>): RunView {
  const { id, name, title, favourite = false, priority, client, createdAt, startedAt, endedAt, failure } = run
  return {
    id,
    name,
    favourite,
    status: hub.state(id)?.status ?? run.status,
    priority,
    createdAt,
    ...defined({ title, client, startedAt, endedAt, failure }),
    files: (run.files ?? []).map((file, index) => ({
      ...file,
      url: links.sign(`/api/artifacts/${file.artifact}`),
      download: `/api/runs/${id}/files/${index}`,
    })),
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

const defined = <T extends object>(record: T) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Defined<T>
