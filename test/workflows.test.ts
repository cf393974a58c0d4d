import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { openParameters, parseWorkflow } from '../engine/index.js'
import { createRegistry } from '../engine/registry.js'
import { packageRoot } from '../engine/root.js'
import { pack } from '../nodes/index.js'
import { shippedWorkflows } from '../server/documents.js'
import { passingFolder, portrait } from './server/command.js'

const registry = createRegistry([pack])
const reference = join(packageRoot(), 'workflows', 'demo', 'reference.png')

for (const name of shippedWorkflows()) {
  test(`${name} runs on real photos`, async () => {
    const [home, out] = [passingFolder(), passingFolder()]
    const workflow = parseWorkflow(readFileSync(join(packageRoot(), 'workflows', `${name}.json`), 'utf8'))
    const group = join(home, 'group.png')
    // Two faces side by side: the astronaut and her mirror image.
    const mirrored = await sharp(reference).flop().toBuffer()
    await sharp(reference)
      .extend({ right: 512 })
      .composite([{ input: mirrored, left: 512, top: 0 }])
      .png()
      .toFile(group)
    const uploads = openParameters(workflow, registry).filter(({ port }) => port.upload)
    const picture = (parameter: string) => (name === 'group-photo' && parameter === 'reference' ? group : reference)
    const flags = uploads.flatMap(parameter => [`--${parameter.name}`, picture(parameter.name)])
    const ended = await portrait(home, ['run', name, ...flags, '--out', out, '--json'])
    assert.equal(ended.code, 0, ended.err)
    const { results } = JSON.parse(ended.out.trim().split('\n').at(-1) ?? '')
    if (name === 'group-photo') assert.equal(results.likeness.score.length, 2)
    if (name === 'identity-score') assert(results.score.score > 0.99)
    if (results.background) assert.equal(results.background.proof.pixelsChanged, 0)
  })
}
