import { bindParameters } from '../../engine/parameters.js'
import type { Input, Workflow } from '../../engine/workflow.js'
import { readShipped } from '../documents.js'
import { workflowOf } from './adapter-modes.js'
import { type GenerationParams, type GivenParams, givenNames, parameterName } from './params.js'

/** The shipped workflow that a generation runs. */
export interface Recipe {
  readonly name: string
  readonly workflow: Workflow
  /** The node whose steps are the generation's, where there is one that takes `steps`. */
  readonly sampler?: string
}

/** @throws Refusal 409 when the models of the adapter mode are not here. */
export async function recipeOf({ adapter_mode }: GenerationParams): Promise<Recipe> {
  const name = workflowOf(adapter_mode)
  const { workflow } = await readShipped(name)
  const [target] = workflow.parameters?.steps?.targets ?? []
  return { name, workflow, ...(target ? { sampler: target.node } : {}) }
}

/** The pictures of a generation, as artifacts. */
export interface Pictures {
  readonly face: string
  readonly reference: string
}

/** The recipe's workflow with pictures and every parameter that it has put into it. */
export function bindRecipe({ workflow }: Recipe, params: GenerationParams, { face, reference }: Pictures): Workflow {
  const values: Record<string, Input> = { face, reference }
  for (const [name, value] of Object.entries(params)) {
    if (has(workflow, parameterName(name))) values[parameterName(name)] = value
  }
  return bindParameters(workflow, values)
}

/** What was asked for and the recipe has no place for; the mode has been followed by choosing the recipe. */
export const ignoredParams = ({ workflow }: Recipe, given: GivenParams | undefined): string[] =>
  givenNames(given).filter(name => name !== 'adapter_mode' && !has(workflow, parameterName(name)))

const has = ({ parameters }: Workflow, name: string) => parameters !== undefined && Object.hasOwn(parameters, name)
