import { InvalidWorkflow, type Issue } from '../../engine/errors.js'
import { type OpenParameter, openParameters } from '../../engine/parameters.js'
import type { Registry } from '../../engine/registry.js'
import Type, { type Static } from '../schema.js'
import type { KnownWorkflow } from './documents.js'
import { Document, Time } from './lists.js'

/** A workflow in a list. */
export const WorkflowSummary = Type.Object({
  id: Type.String({ description: "A shipped one's name, or a saved one's id." }),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  shipped: Type.Boolean(),
  version: Type.Integer({ description: 'Of the newest, counted from 1.' }),
  createdAt: Type.Optional(Time),
  updatedAt: Type.Optional(Time),
  share: Type.Optional(Type.String({ description: 'Where whoever has it may read the workflow.' })),
})

/** A workflow with its document. */
export const WorkflowView = Type.Intersect([
  WorkflowSummary,
  Type.Object({
    document: Document,
    parameters: Type.Array(Type.Object({ name: Type.String(), port: Type.Object({}) }), {
      description: 'What it can be given, with the ports that say what they take and the values that they have.',
    }),
    issues: Type.Optional(
      Type.Array(Type.Object({ code: Type.String(), message: Type.String() }), {
        description: 'Why its parameters cannot be told, such as nodes that are not installed here.',
      }),
    ),
  }),
])
export type WorkflowView = Static<typeof WorkflowView>

/** Where a shared workflow is read. */
export const sharedPath = (token: string): string => `/api/shared/${token}`

/** What a list tells of a workflow; `isOwn`: to whom it belongs, who alone is told where it is shared. */
export function summarise(
  { id, workflow, version, saved }: KnownWorkflow,
  isOwn = true,
): Static<typeof WorkflowSummary> {
  const { name = id, description } = workflow
  return {
    id,
    name: saved?.name ?? name,
    ...(description === undefined ? {} : { description }),
    shipped: saved === undefined,
    version,
    ...(saved ? { createdAt: saved.createdAt, updatedAt: saved.updatedAt } : {}),
    ...(isOwn && saved?.share !== undefined ? { share: sharedPath(saved.share) } : {}),
  }
}

/** All that is told of a workflow. */
export function viewWorkflow(known: KnownWorkflow, registry: Registry, isOwn = true) {
  return { ...summarise(known, isOwn), document: known.workflow, ...parametersOf(known, registry) }
}

function parametersOf(
  { workflow }: KnownWorkflow,
  registry: Registry,
): {
  parameters: readonly OpenParameter[]
  issues?: readonly Issue[]
} {
  try {
    return { parameters: openParameters(workflow, registry) }
  } catch (error) {
    if (error instanceof InvalidWorkflow) return { parameters: [], issues: error.issues }
    throw error
  }
}
