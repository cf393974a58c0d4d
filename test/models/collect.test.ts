import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { packageRoot } from '../../engine/root.js'
import { catalogue } from '../../models/catalogue.js'
import { collect, packedRange } from '../../models/collect.js'
import { readEmbedded } from '../../models/embedded.js'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portrait-collect-'))
})
after(() => rm(folder, { recursive: true }))

/** Turns one bit in the middle of a file. */
async function changeByte(file: string): Promise<void> {
  const bytes = await readFile(file)
  bytes[bytes.length >> 1]! ^= 1
  await writeFile(file, bytes)
}

test('collect copies every model once, and again only what is missing or changed', async () => {
  const weights = join(folder, 'weights')
  assert.deepEqual(
    await collect(weights),
    catalogue.map(({ id }) => id),
  )
  assert.deepEqual(await collect(weights), [])
  await changeByte(join(weights, 'face-mesh.tflite'))
  await rm(join(weights, 'fr-feature.onnx'))
  assert.deepEqual(await collect(weights), ['face-mesh', 'fr-feature'])
  assert.equal((await readdir(weights)).length, catalogue.length)
})

test('collect says which package is missing', async () => {
  const root = join(folder, 'bare')
  await mkdir(root)
  await assert.rejects(
    collect(join(folder, 'bare-weights'), root),
    /The package \S+, which carries a model, is not installed\. Run `npm ci`\./,
  )
})

test('collect refuses a package whose model differs by a byte', async () => {
  const root = join(folder, 'changed')
  for (const { source } of catalogue) {
    const part = join('node_modules', source.package)
    for (const file of ['package.json', source.file, ...('packed' in source ? [source.packed.loader] : [])]) {
      await cp(join(packageRoot(), part, file), join(root, part, file))
    }
  }
  await changeByte(join(root, 'node_modules/faceplugin-face-recognition-js/model/fr_feature.onnx'))
  await assert.rejects(
    collect(join(folder, 'changed-weights'), root),
    /Model "fr-feature" must be 4884269 bytes with SHA-256 87aacdfe.* from .*fr_feature\.onnx\. Install faceplugin/,
  )
})

test('a changed byte beside the code is refused with file, wanted, got and cure', async () => {
  const weights = join(folder, 'read')
  await collect(weights)
  assert.equal((await readEmbedded('face-geometry', weights)).length, 19_376)
  await changeByte(join(weights, 'face-geometry.bin'))
  await assert.rejects(
    readEmbedded('face-geometry', weights),
    /must be 19376 bytes with SHA-256 bdbcda.*, got 19376 bytes with SHA-256 .* from .*face-geometry\.bin\. Run `npm run build`/,
  )
  await rm(join(weights, 'face-geometry.bin'))
  await assert.rejects(
    readEmbedded('face-geometry', weights),
    /could not be read \(ENOENT\): .*face-geometry\.bin\. Run/,
  )
})

test('the place of an asset in a pack comes from its loader script', () => {
  const script = 'x();\n  loadPackage({"files": [{"filename": "/a/b.tflite", "start": 3, "end": 9}]});\n'
  assert.deepEqual(packedRange(script, 'b.tflite'), { filename: '/a/b.tflite', start: 3, end: 9 })
  assert.throws(() => packedRange(script, 'c.tflite'), /The pack has no c\.tflite; it has \/a\/b\.tflite\./)
  assert.throws(() => packedRange('', 'c.tflite'), /no loadPackage/)
})
