import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvalidWorkflow, type Plan, plan, type Workflow } from '../../../../engine/index.js'
import { packageRoot } from '../../../../engine/root.js'
import { importPrompt } from '../../../../server/comfy/prompt-import.js'
import { uiToPrompt } from '../../../../server/comfy/ui-to-prompt.js'
import { uiToWorkflow } from '../../../../server/comfy/ui-to-workflow.js'
import { workflowToPrompt } from '../../../../server/comfy/workflow-to-prompt.js'
import { workflowToUi } from '../../../../server/comfy/workflow-to-ui.js'
import { shippedWorkflows } from '../../../../server/documents.js'
import { registry, translate } from './harness.js'
import { workflows } from './random-workflow.js'

/** Shrinking such graphs takes longer than reading one. */
const RUNS = { numRuns: 60, endOnFailure: true }

/** As a file on disk is read. */
const json = <T>(value: T): T => JSON.parse(JSON.stringify(value))

/** The plan, if the workflow has one. */
const planned = (workflow: Workflow): Plan | undefined => unlessFaulty(() => plan(workflow, registry))

/** A plan looks only at what runs, an export at all nodes: either may find a fault that the other does not. */
function unlessFaulty<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof InvalidWorkflow) return undefined
    throw error
  }
}

/** What each run would compute: the content keys of all sinks, whatever the nodes are called. */
const keysOf = ({ targets }: Plan) => targets.map(({ key }) => key).sort()

/** The artifact's name stands where the prompt has the file's. */
const withFile = (workflow: Workflow): Workflow =>
  JSON.parse(JSON.stringify(workflow).replaceAll('"photo.png"', JSON.stringify(`${'ab'.repeat(32)}.png`)))

test('a workflow goes to ComfyUI’s editor and back unchanged', () => {
  fc.assert(
    fc.property(workflows(registry, { flags: true, components: true }), workflow => {
      assert.deepEqual(uiToWorkflow(json(workflowToUi(workflow, registry)), registry), workflow)
    }),
    RUNS,
  )
})

test('a workflow’s nodes go to an API prompt and back unchanged, but that SaveImage’s name is written out', () => {
  fc.assert(
    fc.property(workflows(registry), workflow => {
      const nodes = Object.fromEntries(
        Object.entries(workflow.nodes).map(([id, node]) =>
          node.type === 'SaveImage' ? [id, { ...node, inputs: { name: 'portrait', ...node.inputs } }] : [id, node],
        ),
      )
      assert.deepEqual(importPrompt(json(workflowToPrompt(workflow, registry)), registry).nodes, nodes)
    }),
    RUNS,
  )
})

test('a prompt that we export is one that we run, and computes the same', async () => {
  await fc.assert(
    fc.asyncProperty(workflows(registry, { flags: true, components: true }), async workflow => {
      const before = planned(withFile(workflow))
      fc.pre(before !== undefined)
      const prompt = unlessFaulty(() => workflowToPrompt(workflow, registry))
      fc.pre(prompt !== undefined)
      const answer = await translate(json(prompt))
      assert.equal(answer.error, undefined, JSON.stringify(answer.error))
      assert.deepEqual(answer.nodeErrors, {})
      assert.deepEqual(keysOf(plan(answer.workflow, registry, { targets: answer.targets })), keysOf(before))
    }),
    RUNS,
  )
})

test('a file for ComfyUI’s editor that we export is one that we run, and computes the same', async () => {
  await fc.assert(
    fc.asyncProperty(workflows(registry, { components: true }), async workflow => {
      const before = planned(withFile(workflow))
      fc.pre(before !== undefined)
      const answer = await translate(uiToPrompt(json(workflowToUi(workflow, registry)), registry))
      assert.equal(answer.error, undefined, JSON.stringify(answer.error))
      assert.deepEqual(keysOf(plan(answer.workflow, registry, { targets: answer.targets })), keysOf(before))
    }),
    RUNS,
  )
})

test('exporting twice gives the same file', () => {
  fc.assert(
    fc.property(workflows(registry, { components: true }), workflow => {
      assert.deepEqual(workflowToUi(workflow, registry), workflowToUi(json(workflow), registry))
    }),
    { ...RUNS, numRuns: 20 },
  )
})

for (const name of shippedWorkflows()) {
  test(`the workflow ${name} goes to both of ComfyUI’s formats and back unchanged`, () => {
    const workflow = JSON.parse(readFileSync(join(packageRoot(), 'workflows', `${name}.json`), 'utf8'))
    assert.deepEqual(uiToWorkflow(json(workflowToUi(workflow, registry)), registry), workflow)
    assert.deepEqual(importPrompt(json(workflowToPrompt(workflow, registry)), registry).nodes, workflow.nodes)
  })
}
