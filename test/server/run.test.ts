import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { packageRoot } from '../../engine/root.js'
import { readStamp, stampImage } from '../../nodes/image/metadata.js'
import { passingFolder, portrait } from './command.js'

const demo = join(packageRoot(), 'workflows', 'demo')
const face = join(demo, 'face.jpg')
const reference = join(demo, 'reference.png')
const home = passingFolder()
const report = (folder: string, name = 'portrait') =>
  JSON.parse(readFileSync(join(folder, `${name}.report.json`), 'utf8'))
const run = (out: string, ...more: string[]) =>
  portrait(home, ['run', 'portrait-quick', '--face', face, '--reference', reference, '--out', out, ...more])

test('portrait run makes a portrait, a report, and leaves the background as it was', async () => {
  const out = passingFolder()
  const ended = await run(out)
  assert.equal(ended.code, 0, ended.err)
  assert.deepEqual(readdirSync(out).sort(), ['portrait.png', 'portrait.report.json'])
  const { results, inputs, models, nodes, parameters, status } = report(out)
  assert.equal(status, 'finished')
  assert(results.likeness.score > 0.4, `the person is recognised: ${results.likeness.score}`)
  assert(results.likenessToReference.score < results.likeness.score)
  assert.equal(results.background.proof.pixelsChanged, 0)
  assert.equal(results.background.proof.sha256Reference, results.background.proof.sha256Result)
  assert.equal(inputs.length, 2)
  assert(models.some((model: { id: string; licence: string }) => model.id === 'fr-feature' && model.licence === 'MIT'))
  assert.equal(parameters.name, 'portrait')
  assert.equal(nodes.transplant.state, 'ran')
  const [before, after] = await Promise.all(
    [reference, join(out, 'portrait.png')].map(file => sharp(file).raw().toBuffer()),
  )
  const corner = 512 * 3 * 40
  assert(before && after && before.subarray(0, 300).equals(after.subarray(0, 300)))
  assert(before.subarray(-corner).equals(after.subarray(-corner)))
  assert(!before.equals(after))
})

test('a second run is answered from the cache with the same bytes, in this home and in another', async () => {
  const [first, second, third] = [passingFolder(), passingFolder(), passingFolder()]
  assert.equal((await run(first)).code, 0)
  assert.equal((await run(second)).code, 0)
  const elsewhere = await portrait(passingFolder(), [
    'run',
    'portrait-quick',
    '--face',
    face,
    '--reference',
    reference,
    '--out',
    third,
  ])
  assert.equal(elsewhere.code, 0)
  const [one, again, fresh] = [first, second, third].map(folder => readFileSync(join(folder, 'portrait.png')))
  assert(one && again && fresh && one.equals(again) && one.equals(fresh))
  const states = new Set(Object.values(report(second).nodes).map(node => (node as { state: string }).state))
  assert.deepEqual([...states].sort(), ['cached', 'unneeded'])
})

test('--json tells every event as a line and the report last', async () => {
  const { code, out } = await portrait(passingFolder(), [
    'run',
    'identity-score',
    '--a',
    face,
    '--b',
    reference,
    '--out',
    passingFolder(),
    '--json',
  ])
  assert.equal(code, 0)
  const events = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.equal(events[0].type, 'run-started')
  assert.equal(events.at(-1).type, 'report')
  assert(events.at(-1).results.score.score < 0.3, 'two persons are told apart')
  const scored = events.find(({ type, node }) => type === 'node-finished' && node === 'score')
  assert.deepEqual(scored.outputs, events.at(-1).results.score, 'a result is told as soon as it is there')
  const started = events.filter(({ type }) => type === 'node-started').map(({ node }) => node)
  for (const node of started)
    assert(
      events.some(event => event.type === 'node-finished' && event.node === node),
      node,
    )
})

test('a saved picture carries its workflow and runs again to the same bytes', async () => {
  const [out, again] = [passingFolder(), passingFolder()]
  await run(out, '--name', 'anna')
  const file = join(out, 'anna.png')
  assert.equal(JSON.parse(readStamp(readFileSync(file)).workflow ?? '').version, 1)
  const ended = await portrait(home, ['run', file, '--out', again])
  assert.equal(ended.code, 0, ended.err)
  assert(readFileSync(join(again, 'anna.png')).equals(readFileSync(file)))
  assert.equal(report(again, 'anna').inputs.length, 2)
  const elsewhere = await portrait(passingFolder(), ['run', file, '--out', again])
  assert.equal(elsewhere.code, 1)
  assert.match(elsewhere.err, /which is not on this machine; give it again/)
})

test('a workflow of ComfyUI runs as it is: its prompt, its file, and the picture that carries it', async () => {
  const folder = passingFolder()
  const prompt = {
    '1': { class_type: 'LoadImage', inputs: { image: face } },
    '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'copy' } },
  }
  const drawn = {
    version: 0.4,
    nodes: [
      { id: 1, type: 'LoadImage', outputs: [{ name: 'IMAGE', links: [7] }], widgets_values: [face, 'image'] },
      { id: 2, type: 'SaveImage', inputs: [{ name: 'images', link: 7 }], widgets_values: ['copy'] },
    ],
    links: [[7, 1, 0, 2, 0, 'IMAGE']],
  }
  const picture = stampImage(readFileSync(reference), { prompt: JSON.stringify(prompt) })
  for (const [name, bytes] of Object.entries({
    'prompt.json': JSON.stringify(prompt),
    'drawn.json': JSON.stringify(drawn),
    'picture.png': picture,
  })) {
    await writeFile(join(folder, name), bytes)
    const out = join(folder, `${name} out`)
    const { code, err } = await portrait(home, ['run', join(folder, name), '--out', out])
    assert.equal(code, 0, err)
    assert.deepEqual(readdirSync(out).sort(), ['copy.png', 'copy.report.json'])
  }
})

test('the commands answer, and each --help helps', async () => {
  for (const [args, wanted] of [
    [['validate', 'portrait-quick'], /portrait-quick is valid: \d+ steps/],
    [['nodes'], /FaceTransplant {2}/],
    [['nodes', 'MaskOps'], /blur: FLOAT/],
    [['models'], /fr-feature {2}4\.88 MB {2}MIT/],
    [['nodes', '--help'], /portrait nodes \[type\]/],
    [['run', 'portrait-quick', '--help'], /--face <file, folder or pattern>/],
  ] as const) {
    const { code, out } = await portrait(home, args)
    assert.match(out, wanted)
    assert.equal(code, 0)
  }
})

test('a document that is none, or is hostile, is refused', async () => {
  const folder = passingFolder()
  const documents = {
    no: '{',
    deep: '['.repeat(1e5) + ']'.repeat(1e5),
    proto: '{"version":1,"nodes":{"__proto__":{"type":"X"}}}',
  }
  for (const [name, text] of Object.entries(documents)) {
    const file = join(folder, `${name}.json`)
    await writeFile(file, text)
    const { code, err } = await portrait(home, ['validate', file])
    assert.equal(code, 2, err)
    assert.match(err, /The workflow/)
  }
})

test('a full disk under the results leaves no half file', async t => {
  const out = passingFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', out], { stdio: 'ignore' })
  } catch {
    return t.skip('mounting a small file system is not permitted here')
  }
  try {
    const { code, err } = await run(out)
    assert.equal(code, 1)
    assert.match(err, /ENOSPC|no space/i)
    assert.deepEqual(readdirSync(out), [])
  } finally {
    execFileSync('umount', [out])
  }
})

test('explain names the input that changed', async () => {
  await run(passingFolder())
  const { out } = await portrait(home, [
    'explain',
    'portrait-quick',
    '--face',
    face,
    '--reference',
    reference,
    '--set',
    'transplant.relight=0.2',
  ])
  assert.match(out, /transplant \(FaceTransplant\) would run: input "relight" changed from [\d.]+ to 0\.2/)
  assert.match(out, /composite \(ImageComposite\) would run: "transplant" above it changed/)
})

for (const [what, args, sentence] of [
  ['a misspelt flag', ['run', 'portrait-quick', '--fase', face], /--fase/],
  [
    'a value of another kind',
    ['run', 'portrait-quick', '--face', face, '--reference', reference, '--set', 'transplant.relight=much'],
    /relight.*must be a number/,
  ],
  [
    'a value out of range',
    ['run', 'portrait-quick', '--face', face, '--reference', reference, '--set', 'transplant.relight=7'],
    /relight.*from 0 to 1, got 7/,
  ],
  ['a missing input', ['run', 'portrait-quick', '--face', face], /"image" of node "reference"/],
  ['an unknown workflow', ['run', 'portrait-quik'], /Did you mean "portrait-quick"/],
  ['an unknown command', ['rum'], /no command "rum"/],
] as const) {
  test(`${what} is refused with a sentence`, async () => {
    const out = passingFolder()
    const { code, err } = await portrait(home, [...args, ...(args[0] === 'run' ? ['--out', out] : [])])
    assert.match(err, sentence)
    assert.equal(code, 2)
    assert.deepEqual(readdirSync(out), [])
  })
}

test('files that are no pictures end the run with the node and the cause, and leave nothing', async () => {
  const folder = passingFolder()
  const files = { 'empty.png': '', 'text.png': 'not a picture', 'cut.png': readFileSync(reference).subarray(0, 5000) }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const plain = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#888' } })
    .png()
    .toBuffer()
  await writeFile(join(folder, 'plain.png'), plain)
  for (const name of [...Object.keys(files), 'plain.png', 'absent.png']) {
    const out = passingFolder()
    const ended = await portrait(home, [
      'run',
      'portrait-quick',
      '--face',
      join(folder, name),
      '--reference',
      reference,
      '--out',
      out,
    ])
    assert.equal(ended.code, 1, name)
    assert.match(ended.out + ended.err, /person/, name)
    assert.deepEqual(readdirSync(out), [], name)
  }
})

test('files are meant from where the command is typed, with a pattern or without', async () => {
  const [folder, out] = [passingFolder(), passingFolder()]
  for (const name of ['one.jpg', 'two.jpg']) await writeFile(join(folder, name), readFileSync(face))
  const near = relative('.', folder)
  const pattern = ['run', 'identity-score', '--a', join(near, '*.jpg'), '--b', join(near, 'one.jpg'), '--out', out]
  assert.equal((await portrait(home, pattern)).code, 0)
  assert.deepEqual(readdirSync(out).sort(), ['one-identity-score.report.json', 'two-identity-score.report.json'])
  const explained = await portrait(home, ['explain', 'identity-score', '--a', join(near, 'one.jpg'), '--b', face])
  assert.equal(explained.code, 0, explained.err)
})

test('a batch runs once a picture, and one that fails does not stop the others', async () => {
  const [folder, out] = [passingFolder(), passingFolder()]
  await writeFile(join(folder, 'bad.jpg'), 'no picture')
  await writeFile(join(folder, 'good.jpg'), readFileSync(face))
  const ended = await portrait(home, [
    'run',
    'portrait-quick',
    '--face',
    folder,
    '--reference',
    reference,
    '--out',
    out,
  ])
  assert.equal(ended.code, 1)
  assert.deepEqual(readdirSync(out).sort(), ['good-portrait.png', 'good-portrait.report.json'])
})

test('Ctrl-C in mid-run ends with 130 and leaves nothing, and the next run works', async () => {
  const [fresh, out] = [passingFolder(), passingFolder()]
  const args = ['run', 'portrait-quick', '--face', face, '--reference', reference, '--out', out]
  const ended = await portrait(fresh, [...args, '--json'], (child, line) => {
    // Once: a second Ctrl-C ends the process at once, as a person expects.
    if (line.includes('node-started') && !child.killed) child.kill('SIGINT')
  })
  assert.equal(ended.code, 130, ended.err)
  assert.deepEqual(readdirSync(out), [])
  assert.equal((await portrait(fresh, args)).code, 0)
  assert(existsSync(join(out, 'portrait.png')))
})

test('a process killed in mid-run leaves nothing under a final name', async () => {
  const [fresh, out] = [passingFolder(), passingFolder()]
  const args = ['run', 'portrait-quick', '--face', face, '--reference', reference, '--out', out]
  await portrait(fresh, [...args, '--json'], (child, line) => {
    if (line.includes('node-finished')) child.kill('SIGKILL')
  })
  assert.deepEqual(existsSync(out) ? readdirSync(out) : [], [])
  assert.equal((await portrait(fresh, args)).code, 0)
})
