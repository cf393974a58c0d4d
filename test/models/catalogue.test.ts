import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageRoot } from '../../engine/root.js'
import { catalogue, catalogueEntry } from '../../models/catalogue.js'
import { compileModel } from '../../models/compile.js'
import { frFeature } from '../../models/embedder.js'

const readJson = async (...path: readonly string[]) => JSON.parse(await readFile(join(packageRoot(), ...path), 'utf8'))

test('every model names the exact version and licence of the package that is installed', async () => {
  const { devDependencies } = await readJson('package.json')
  for (const { id, source, licence } of catalogue) {
    const installed = await readJson('node_modules', source.package, 'package.json')
    assert.equal(installed.version, source.version, id)
    assert.equal(devDependencies[source.package], source.version, id)
    assert.equal(installed.license, licence.id, id)
  }
})

test('NOTICE names every package that a model comes from', async () => {
  const notice = await readFile(join(packageRoot(), 'NOTICE'), 'utf8')
  for (const { source } of catalogue) assert.ok(notice.includes(`${source.package} ${source.version}`), source.package)
})

test('an unknown model is refused with the known ones', () => {
  assert.throws(() => catalogueEntry('face-swap'), /no "face-swap"; it has face-detection-full, /)
})

test('data is no network to compile', () => {
  assert.throws(
    () => compileModel(catalogueEntry('face-geometry'), new Uint8Array()),
    /"face-geometry" must be a network/,
  )
})

test('the embedder is a model of the catalogue with five points to align by', () => {
  assert.equal(catalogueEntry(frFeature.model).format, 'onnx')
  assert.equal(frFeature.template.length, 5)
  assert.equal(frFeature.landmarks.length, 5)
  assert.ok(frFeature.bands.unsure < frFeature.bands.same)
})
