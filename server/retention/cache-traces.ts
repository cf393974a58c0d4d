import { isArtifactName } from '../../engine/artifacts.js'
import { type Plan, type PlanOptions, plan, type Step } from '../../engine/plan.js'
import type { Registry } from '../../engine/registry.js'
import { parseWorkflow, type Workflow } from '../../engine/workflow.js'
import { DOCUMENT_BYTES } from '../document-size.js'

/**
 * The keys under which the cache may remember what a workflow made of files: of every step that has a file somewhere
 * above it. None for what is no workflow, or one whose nodes this program does not have any more.
 */
export function cacheKeysOf(document: Uint8Array, registry: Registry): readonly string[] {
  if (document.length > DOCUMENT_BYTES) return []
  try {
    const workflow = parseWorkflow(Buffer.from(document).toString('utf8'))
    return keysBelowFiles(planWhole(workflow, registry))
  } catch {
    return []
  }
}

/** With all nodes, for any may have been a target; if some cannot be planned, as far as a run of it could. */
function planWhole(workflow: Workflow, registry: Registry): Plan {
  const attempt = (options: PlanOptions) => {
    try {
      return plan(workflow, registry, options)
    } catch {
      return undefined
    }
  }
  return attempt({ targets: Object.keys(workflow.nodes) }) ?? plan(workflow, registry)
}

function keysBelowFiles({ steps }: Plan): string[] {
  const below = new Set<Step>()
  for (const step of steps) {
    const reads = step.bindings.some(({ values, from }) =>
      values ? values.some(namesFile) : from.some(({ step }) => below.has(step)),
    )
    if (reads) below.add(step)
  }
  return [...below].map(({ key }) => key)
}

const namesFile = (value: unknown): boolean =>
  typeof value === 'string' ? isArtifactName(value) : Array.isArray(value) && value.some(namesFile)
