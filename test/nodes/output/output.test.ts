import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { decodeImage } from '../../../nodes/image/decode.js'
import { PreviewImage } from '../../../nodes/output/preview-image.js'
import { SaveImage } from '../../../nodes/output/save-image.js'
import { testContext } from '../context.js'
import { noise } from '../image/pictures.js'

for (const [format, extension] of [
  ['png', 'png'],
  ['jpeg', 'jpg'],
  ['webp', 'webp'],
] as const) {
  test(`SaveImage keeps a ${format} under the hash of its bytes`, async () => {
    const context = testContext()
    const image = noise({ width: 12, height: 7 })
    const { file } = await SaveImage.run({ image, name: 'anna', format, quality: 90 }, context)
    assert.deepEqual(file, { artifact: file.artifact, name: 'anna', format, width: 12, height: 7 })
    assert.match(file.artifact, new RegExp(`^[0-9a-f]{64}\\.${extension}$`))
    assert.equal((await sharp(await context.read(file.artifact)).metadata()).format, format)
  })
}

test('SaveImage writes the same bytes for the same picture', async () => {
  const save = async () =>
    (
      await SaveImage.run(
        { image: noise({ width: 640, height: 900 }), name: 'a', format: 'png', quality: 90 },
        testContext(),
      )
    ).file
  assert.deepEqual(await save(), await save())
})

test('SaveImage writes smaller files for lower quality', async () => {
  const context = testContext()
  const sizes: number[] = []
  for (const quality of [30, 95]) {
    const image = noise({ width: 64, height: 64 })
    const { file } = await SaveImage.run({ image, name: 'a', format: 'jpeg', quality }, context)
    sizes.push((await context.read(file.artifact)).length)
  }
  assert.ok(sizes[0] < sizes[1] / 2, sizes.join())
})

test('SaveImage warns of transparency and depth that a format cannot hold', async () => {
  const context = testContext()
  const image = noise({ width: 4, height: 4, channels: 4, deep: true })
  await SaveImage.run({ image, name: 'a', format: 'png', quality: 90 }, context)
  assert.deepEqual(context.warnings, [])
  await SaveImage.run({ image, name: 'a', format: 'jpeg', quality: 90 }, context)
  assert.match(context.warnings.join(), /no transparency.*8 bits a sample/)
})

for (const name of [
  '',
  '../a',
  'a/b',
  'a\\b',
  '.hidden',
  'a.',
  'a ',
  'CON',
  'nul.txt',
  'a\u0000b',
  'a:b',
  'x'.repeat(121),
]) {
  test(`SaveImage refuses the file name ${JSON.stringify(name.slice(0, 20))}`, async () => {
    const context = testContext()
    const run = async () =>
      SaveImage.run({ image: noise({ width: 1, height: 1 }), name, format: 'png', quality: 90 }, context)
    await assert.rejects(run, /The file name .* cannot be used: .*\. Give a plain name/)
    assert.equal(context.artifacts.size, 0)
  })
}

test('SaveImage takes names of any script', async () => {
  const { file } = await SaveImage.run(
    { image: noise({ width: 1, height: 1 }), name: 'Zoë 王.2', format: 'png', quality: 90 },
    testContext(),
  )
  assert.equal(file.name, 'Zoë 王.2')
})

test('PreviewImage shows large pictures small and small ones as they are', async () => {
  const context = testContext()
  const large = await PreviewImage.run({ image: noise({ width: 2048, height: 10, deep: true }) }, context)
  assert.deepEqual(large.file, {
    artifact: large.file.artifact,
    name: 'preview',
    format: 'webp',
    width: 1024,
    height: 5,
    preview: true,
  })
  const { width, height } = await decodeImage(await context.read(large.file.artifact))
  assert.deepEqual([width, height], [1024, 5])
  const small = await PreviewImage.run({ image: noise({ width: 30, height: 10 }) }, context)
  assert.equal(small.file.width, 30)
})
