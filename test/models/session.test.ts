import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { collect } from '../../models/collect.js'
import { writeSealed } from '../../models/compiled.js'
import type { Sessions } from '../../models/session.js'
import { openSessions } from '../../models/session.js'

const model = 'face-detection-short'
const picture = { dims: [1, 128, 128, 3], data: new Float32Array(128 * 128 * 3).fill(0.25) }

let folder: string
before(async () => {
  await collect()
  folder = await mkdtemp(join(tmpdir(), 'portrait-session-'))
})
after(() => rm(folder, { recursive: true }))

/** Opens sessions, hands them over with what they log, and closes them. */
async function withSessions<T>(
  settings: { device?: string; budgetBytes?: number; folder?: string },
  act: (sessions: Sessions, log: readonly string[]) => Promise<T>,
): Promise<T> {
  const log: string[] = []
  const sessions = openSessions({ folder, device: 'cpu', log: message => log.push(message), ...settings })
  try {
    return await act(sessions, log)
  } finally {
    await sessions.close()
  }
}

const score = async (sessions: Sessions) => {
  const session = await sessions.get(model)
  const outputs = await session.run({ input: picture })
  return outputs.classificators?.data.slice(0, 8)
}

test('a model is compiled once for two who ask at once, and kept for the next process', async () => {
  await withSessions({}, async (sessions, log) => {
    await Promise.all([sessions.get(model), sessions.get(model)])
    assert.equal(log.filter(line => line.startsWith('Compiled')).length, 1)
  })
  await withSessions({}, async (sessions, log) => {
    await sessions.get(model)
    assert.deepEqual(log, [])
  })
})

test('a kept model that is damaged is compiled anew and answers the same', async () => {
  const own = join(folder, 'damaged')
  const first = await withSessions({ folder: own }, score)
  const [name = '', ...others] = await readdir(own)
  assert.deepEqual(others, [], 'nothing half-written stays')
  const bytes = await readFile(join(own, name))
  for (const damaged of [bytes.subarray(0, 1000), Buffer.alloc(0), bytes.fill(7, 5000, 5100)]) {
    await writeFile(join(own, name), damaged)
    await withSessions({ folder: own }, async (sessions, log) => {
      assert.deepEqual(await score(sessions), first)
      assert.equal(log.length, 1)
    })
    await withSessions({ folder: own }, async (sessions, log) => {
      assert.deepEqual(await score(sessions), first)
      assert.deepEqual(log, [])
    })
  }
})

test('a kept model that is whole but not of this runtime is compiled anew', async () => {
  const own = join(folder, 'foreign')
  const first = await withSessions({ folder: own }, score)
  const [name = ''] = await readdir(own)
  await writeSealed(join(own, name), Buffer.from('not a model'))
  await withSessions({ folder: own }, async (sessions, log) => {
    assert.deepEqual(await score(sessions), first)
    assert.match(log.join('\n'), /^Compiled model "face-detection-short" in \d+ ms\.$/)
  })
})

test('a folder that cannot be written is said, and the model runs', async () => {
  const file = join(folder, 'a-file')
  await writeFile(file, '')
  await withSessions({ folder: join(file, 'below') }, async (sessions, log) => {
    assert.ok(await score(sessions))
    assert.match(log.join('\n'), /could not be kept .*; the next start compiles it again\./)
  })
})

test('models beyond the budget leave the memory', async () => {
  await withSessions({ budgetBytes: 1 }, async sessions => {
    await sessions.get(model)
    assert.deepEqual(sessions.loaded(), [])
    assert.ok(await score(sessions))
  })
})

test('a device that is not there is said once, and models run on the CPU', async () => {
  const expected = await withSessions({}, score)
  await withSessions({ device: 'nonsense:1' }, async (sessions, log) => {
    assert.deepEqual(await score(sessions), expected)
    await sessions.get('selfie-segmentation')
    assert.equal(log.filter(line => line.startsWith('Device "nonsense:1" cannot be used')).length, 1)
  })
})

test('inputs of another name are refused with the names that are wanted', async () => {
  await withSessions({}, async sessions => {
    const session = await sessions.get(model)
    assert.deepEqual([session.inputs, session.outputs], [['input'], ['regressors', 'classificators']])
    await assert.rejects(session.run({ picture }), /"face-detection-short" takes the inputs input, got picture\./)
  })
})

test('the runtime is not loaded before a model is asked for', async () => {
  const script = `
    const { openSessions } = await import(${JSON.stringify(new URL('../../models/session.js', import.meta.url))})
    const { createRequire } = await import('node:module')
    openSessions({ folder: '', device: 'cpu', log() {} })
    const { cache } = createRequire(${JSON.stringify(import.meta.url)})
    console.log(Object.keys(cache).filter(file => file.includes('onnxruntime')).length)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  assert.equal(stdout.trim(), '0')
})
