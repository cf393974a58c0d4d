import { InvalidWorkflow, type Issue } from '../../engine/errors.js'
import { own } from '../../engine/own.js'
import { bindParameters, openParameters } from '../../engine/parameters.js'
import { plan } from '../../engine/plan.js'
import { checkWorkflow, type Input, type Workflow } from '../../engine/workflow.js'
import type { Principal } from '../access/principal.js'
import { refuseTooLarge } from '../document-size.js'
import { resolveInputs } from '../input-files.js'
import type { RunOrder } from '../runs.js'
import type { Services } from '../services.js'
import type { Run } from '../store/store.js'

/** What is to be run, before parameters are bound. */
export interface Wanted {
  readonly who: Principal
  readonly name: string
  readonly workflow: Workflow
  readonly parameters: Readonly<Record<string, unknown>>
  readonly targets?: readonly string[]
  readonly client?: string
  readonly priority?: number
  /** Runs with seeds that follow one another, if the workflow has a parameter `seed`. */
  readonly count: number
}

/** Starts one run or several. @throws InvalidWorkflow with every fault: of names, values, files and links alike. */
export async function startRuns(wanted: Wanted, services: Services): Promise<readonly Run[]> {
  const { parameters, count } = wanted
  try {
    const seed = count > 1 ? seedOf(wanted, services) : undefined
    const orders = Array.from({ length: count }, (_, i) =>
      orderOf(wanted, seed === undefined ? parameters : { ...parameters, seed: seed + i }),
    )
    return await services.runs.startAll(orders)
  } catch (error) {
    if (error instanceof InvalidWorkflow) throw new InvalidWorkflow(await allIssues(error, wanted, services))
    throw error
  }
}

function orderOf(
  { who, name, targets, client, priority, workflow }: Wanted,
  parameters: Wanted['parameters'],
): RunOrder {
  refuseTooLarge({ length: lengthOf(parameters, workflow) })
  const bound = bindParameters(workflow, parameters as Record<string, Input>)
  return {
    who,
    name,
    // Checked once more, for what came as a parameter may have any form.
    workflow: bound === workflow ? workflow : checkWorkflow(bound),
    door: 'native',
    ...(targets ? { targets } : {}),
    ...(client === undefined ? {} : { client }),
    ...(priority === undefined ? {} : { priority }),
  }
}

/** Characters that parameters are in the document: each value stands in all the places that its parameter names. */
function lengthOf(parameters: Wanted['parameters'], workflow: Workflow): number {
  const lengths = Object.entries(parameters).map(
    ([name, value]) => JSON.stringify(value).length * (own(workflow.parameters, name)?.targets.length ?? 0),
  )
  return lengths.reduce((sum, length) => sum + length, 0)
}

/** The first seed, if the workflow takes one and it is a number. */
function seedOf({ workflow, parameters }: Wanted, { registry }: Services): number | undefined {
  const parameter = openParameters(workflow, registry).find(({ name }) => name === 'seed')
  const seed = own(parameters, 'seed') ?? parameter?.value
  return parameter && typeof seed === 'number' ? seed : undefined
}

/** A person who corrects a workflow wants all faults at once, also those that a first one kept from being looked for. */
async function allIssues(first: InvalidWorkflow, wanted: Wanted, services: Services): Promise<readonly Issue[]> {
  const { workflow, who, targets, parameters } = wanted
  const known = Object.entries(parameters).filter(([name]) => own(workflow.parameters, name))
  const issues = [...first.issues]
  const look = async (find: () => unknown) => {
    try {
      await find()
    } catch (error) {
      if (error instanceof InvalidWorkflow) issues.push(...error.issues)
      else throw error
    }
  }
  await look(async () => {
    const bound = checkWorkflow(bindParameters(workflow, Object.fromEntries(known) as Record<string, Input>))
    await look(() => resolveInputs(bound, who, services))
    await look(() => plan(bound, services.registry, targets ? { targets } : {}))
  })
  return [...new Map(issues.map(issue => [issue.message, issue])).values()]
}
