import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvalidWorkflow, type Workflow } from '../../../../engine/index.js'
import type { FileLink, FileNode } from '../../../../server/comfy/ui-file.js'
import { workflowToPrompt } from '../../../../server/comfy/workflow-to-prompt.js'
import { workflowToUi } from '../../../../server/comfy/workflow-to-ui.js'
import { registry } from './harness.js'
import { workflows } from './random-workflow.js'

/** What ComfyUI's editor takes for granted: both ends of a link know it, and nothing lies on nothing. */
function checkGraph(nodes: readonly FileNode[], links: readonly FileLink[]): void {
  const byId = new Map(nodes.map(node => [node.id, node]))
  assert.equal(byId.size, nodes.length)
  assert.equal(new Set(nodes.map(({ pos }) => pos.join())).size, nodes.length)
  for (const { id, origin_id, origin_slot, target_id, target_slot } of links) {
    if (origin_id > 0) assert.ok(byId.get(origin_id)?.outputs[origin_slot]?.links?.includes(id))
    if (target_id > 0) assert.equal(byId.get(target_id)?.inputs[target_slot]?.link, id)
  }
  const known = new Set(links.map(({ id }) => id))
  assert.equal(known.size, links.length)
  for (const { inputs, outputs } of nodes) {
    for (const { link } of inputs) assert.ok(link === null || known.has(link))
    for (const { links } of outputs) for (const link of links ?? []) assert.ok(known.has(link))
  }
}

test('a file for ComfyUI’s editor is sound: links are known at both ends, also over the borders of subgraphs', () => {
  fc.assert(
    fc.property(workflows(registry, { flags: true, components: true }), workflow => {
      const file = workflowToUi(workflow, registry)
      checkGraph(
        file.nodes,
        file.links.map(([id, origin_id, origin_slot, target_id, target_slot, type]) => {
          return { id, origin_id, origin_slot, target_id, target_slot, type }
        }),
      )
      const types = new Set(file.definitions?.subgraphs.map(({ id }) => id))
      for (const { type } of file.nodes) assert.ok(registry.get(type) || types.has(type), type)
      for (const { nodes, links, inputs, outputs } of file.definitions?.subgraphs ?? []) {
        checkGraph(nodes, links)
        inputs.forEach(({ linkIds }, slot) => {
          const found = links.filter(({ origin_id, origin_slot }) => origin_id === -10 && origin_slot === slot)
          assert.deepEqual(
            linkIds,
            found.map(({ id }) => id),
          )
        })
        outputs.forEach(({ linkIds }, slot) => {
          const found = links.filter(({ target_id, target_slot }) => target_id === -20 && target_slot === slot)
          assert.deepEqual(
            linkIds,
            found.map(({ id }) => id),
          )
        })
      }
    }),
    { numRuns: 30, endOnFailure: true },
  )
})

const workflow: Workflow = {
  version: 1,
  nodes: {
    7: { type: 'LoadImage', inputs: { image: 'photo.png' } },
    seed: { type: 'Seed', inputs: { seed: 5 }, mute: true },
    crop: { type: 'ImageCrop', inputs: { image: { node: '7', output: 'image' } }, bypass: true },
    keep: { type: 'SaveImage', inputs: { image: { node: 'crop', output: 'image' }, format: 'webp' } },
  },
}

test('widgets are written as ComfyUI’s editor does: with the upload button and the control of the seed', () => {
  const { nodes } = workflowToUi(workflow, registry)
  const widgets = Object.fromEntries(nodes.map(({ type, widgets_values }) => [type, widgets_values]))
  assert.deepEqual(widgets.LoadImage, ['photo.png', 'image'])
  assert.deepEqual(widgets.Seed, [5, 'fixed'])
  // Our name where none is written, for ComfyUI’s editor would send its own.
  assert.deepEqual(widgets.SaveImage, ['portrait', 'webp', 92])
})

test('a node called by a number keeps it; others are titled by their ids', () => {
  const { nodes, last_node_id } = workflowToUi(workflow, registry)
  assert.deepEqual(nodes.map(({ id, title, mode }) => [id, title, mode]).sort(), [
    [10, 'keep', 0],
    [7, undefined, 0],
    [8, 'seed', 2],
    [9, 'crop', 4],
  ])
  assert.equal(last_node_id, 10)
})

test('an API prompt leaves out what is muted and sees through what is bypassed', () => {
  assert.deepEqual(workflowToPrompt(workflow, registry), {
    7: { class_type: 'LoadImage', inputs: { image: 'photo.png' }, _meta: { title: 'Load Image' } },
    keep: {
      class_type: 'SaveImage',
      inputs: { images: ['7', 0], filename_prefix: 'portrait', format: 'webp' },
      _meta: { title: 'keep' },
    },
  })
})

//  a ┐
//  b ┴► Values.wholes (a list)
test('several links into one input are numbered, in both formats', () => {
  const gathering: Workflow = {
    version: 1,
    nodes: {
      1: { type: 'Stubs' },
      2: { type: 'Stubs' },
      3: {
        type: 'Values',
        inputs: {
          wholes: [
            { node: '1', output: 'int' },
            { node: '2', output: 'int' },
          ],
        },
      },
    },
  }
  assert.deepEqual(workflowToPrompt(gathering, registry)[3]?.inputs, { 'wholes.0': ['1', 0], 'wholes.1': ['2', 0] })
  const slots = workflowToUi(gathering, registry).nodes[2]?.inputs.filter(({ link }) => link !== null)
  assert.deepEqual(
    slots?.map(({ name }) => name),
    ['wholes.0', 'wholes.1'],
  )
})

test('nodes inside components are named with a colon, and never like another', () => {
  const nested: Workflow = {
    version: 1,
    nodes: { a: { type: 'component/part' }, 'a:x': { type: 'Keep', inputs: { value: { node: 'a', output: 'n' } } } },
    components: { part: { nodes: { x: { type: 'Stubs' } }, outputs: { n: { node: 'x', output: 'int' } } } },
  }
  const prompt = workflowToPrompt(nested, registry)
  assert.deepEqual(prompt['a:x'], { class_type: 'Keep', inputs: { value: ['a:x_', 0] }, _meta: { title: 'a:x' } })
  assert.equal(prompt['a:x_']?.class_type, 'Stubs')
})

test('a workflow that cannot be told is refused with every reason', () => {
  const faulty: Workflow = {
    version: 1,
    nodes: {
      1: { type: 'Nowhere' },
      2: { type: 'Keep', inputs: { value: { node: '9', output: 'x' } } },
      3: { type: 'Values', inputs: { wholes: [1, { node: '4', output: 'int' }] } },
      4: { type: 'Stubs' },
      5: { type: 'Keep', inputs: { value: { node: '4', output: 'nothing' } } },
    },
  }
  const codes = (act: () => unknown) => {
    try {
      act()
      return []
    } catch (error) {
      assert.ok(error instanceof InvalidWorkflow)
      return error.issues.map(({ code, node }) => `${code} ${node}`).sort()
    }
  }
  const expected = ['dangling-link 2', 'unknown-node 1', 'unknown-output 5', 'wrong-type 3']
  assert.deepEqual(
    codes(() => workflowToUi(faulty, registry)),
    expected,
  )
  assert.deepEqual(
    codes(() => workflowToPrompt(faulty, registry)),
    expected,
  )
})

test('3,000 nodes in a row are no matter', () => {
  const row: Workflow = {
    version: 1,
    nodes: Object.fromEntries([
      ...Array.from({ length: 3000 }, (_, n) => [
        `n${n}`,
        { type: 'Pass', inputs: { value: n === 0 ? 1 : { node: `n${n - 1}`, output: 'value' } } },
      ]),
      ['end', { type: 'Keep', inputs: { value: { node: 'n2999', output: 'value' } } }],
    ]),
  }
  assert.equal(workflowToUi(row, registry).links.length, 3000)
  assert.equal(Object.keys(workflowToPrompt(row, registry)).length, 3001)
})
