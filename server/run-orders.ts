import { nanoid } from 'nanoid'
import type { Artifacts } from '../engine/artifacts.js'
import { plan } from '../engine/plan.js'
import type { Registry } from '../engine/registry.js'
import type { Workflow } from '../engine/workflow.js'
import { ownerOf } from './access/principal.js'
import { refuseTooLarge } from './document-size.js'
import { resolveInputs } from './input-files.js'
import { recent } from './recent.js'
import type { RunOrder } from './runs.js'
import type { Run, Store } from './store/store.js'

/** An order that was found good, as it is kept and as it runs. */
export interface CheckedOrder {
  readonly run: Run
  /** The document. */
  readonly json: string
  readonly after?: Promise<unknown>
}

interface Parts {
  readonly registry: Registry
  readonly artifacts: Artifacts
  readonly store: Store
}

/** Documents that were planned without a fault; most runs repeat one with other files or none. */
const REMEMBERED = 200

/** Checks orders and makes rows of them. */
export function orderChecker(parts: Parts) {
  const { registry, artifacts } = parts
  const planned = recent<true>(REMEMBERED)
  const checkPlan = (document: string, workflow: Workflow, targets: readonly string[] | undefined) => {
    const key = [document, ...(targets ?? [])].join(' ')
    if (planned.get(key)) return
    plan(workflow, registry, targets ? { targets } : {})
    planned.set(key, true)
  }
  /** @throws InvalidWorkflow with every fault, Refusal 413 when the document is larger than any workflow. */
  return async (order: RunOrder): Promise<CheckedOrder> => {
    const { who, name, targets, door, memo, client, priority = 0, id = nanoid(), after } = order
    const { workflow, artifacts: inputs } = await resolveInputs(order.workflow, who, parts)
    const json = JSON.stringify(workflow)
    refuseTooLarge(json)
    const document = await artifacts.put(Buffer.from(json), 'json')
    checkPlan(document, workflow, targets)
    const run: Run = {
      id,
      owner: ownerOf(who),
      name,
      workflow: document,
      status: 'queued',
      priority,
      deaths: 0,
      createdAt: Date.now(),
      door,
      artifacts: [...new Set([document, ...inputs, ...(order.artifacts ?? [])])],
      ...(targets ? { targets } : {}),
      ...(client === undefined ? {} : { client }),
      ...(memo === undefined ? {} : { memo }),
    }
    return { run, json, ...(after ? { after } : {}) }
  }
}
