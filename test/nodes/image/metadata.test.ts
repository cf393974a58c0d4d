import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import sharp from 'sharp'
import { decodeImage } from '../../../nodes/image/decode.js'
import { encodeImage, SAVED_FORMATS } from '../../../nodes/image/encode.js'
import { readExif, writeExif } from '../../../nodes/image/exif.js'
import { DIGITAL_SOURCE_TYPE, readStamp, stampImage } from '../../../nodes/image/metadata.js'
import { joinPng, splitPng } from '../../../nodes/image/png-chunks.js'
import { noise } from './pictures.js'

const workflow = { nodes: { a: { type: 'Text', inputs: { text: 'Zoë 王 😀 \u0000 "quoted": \\ : é' } } } }
const text = JSON.stringify(workflow)
const files = await Promise.all(
  SAVED_FORMATS.map(async format => [format, await encodeImage(noise({ width: 21, height: 15 }), format)] as const),
)

for (const [format, file] of files) {
  test(`a ${format} carries a workflow there and back, and no pixel changes`, async () => {
    const stamped = stampImage(file, { workflow: text, prompt: '{"b":1}', note: '{}' })
    const read = readStamp(stamped)
    assert.deepEqual(JSON.parse(read.workflow), workflow)
    assert.equal(read.prompt, '{"b":1}')
    assert.equal(read.note, '{}')
    assert.deepEqual(await decodeImage(stamped), await decodeImage(file))
    assert.equal((await sharp(stamped).metadata()).format, format)
  })

  test(`a ${format} is stamped anew in place of what it carried`, () => {
    const once = stampImage(file, { workflow: '{"v":1}' })
    const twice = stampImage(once, { workflow: '{"v":2}' })
    assert.equal(readStamp(twice).workflow, '{"v":2}')
    assert.equal(twice.length, once.length)
  })

  test(`a stamped ${format} says in XMP that a part of it is generated`, async () => {
    const { xmp } = await sharp(stampImage(file, { workflow: '{}' })).metadata()
    assert.ok(xmp?.toString('utf8').includes(`Iptc4xmpExt:DigitalSourceType="${DIGITAL_SOURCE_TYPE}"`))
  })

  test(`readStamp stays within its bounds on damaged ${format} files`, () => {
    const stamped = stampImage(file, { workflow: text })
    const damage = fc.record({
      cut: fc.integer({ min: 0, max: stamped.length }),
      at: fc.integer({ min: 0, max: 400 }),
      bytes: fc.uint8Array({ maxLength: 8 }),
    })
    fc.assert(
      fc.property(damage, ({ cut, at, bytes }) => {
        const bad = Uint8Array.from(stamped)
        bad.set(bytes, Math.min(at, bad.length - bytes.length))
        for (const value of Object.values(readStamp(bad.subarray(0, cut)))) assert.equal(typeof value, 'string')
        try {
          stampImage(bad.subarray(0, cut), { workflow: '{}' })
        } catch (error) {
          // A refusal is a sentence of ours, not a RangeError of a buffer.
          assert.match((error as Error).message, /^(Only PNG|The (PNG|JPEG|WebP) file)/)
        }
      }),
      { numRuns: 400 },
    )
  })
}

test('PNG texts are Latin-1 as the format wants: all of the workflow is ASCII', () => {
  const stamped = stampImage(files[0][1], { workflow: text })
  const chunk = splitPng(stamped).find(({ type }) => type === 'tEXt')
  assert.ok(chunk?.data.every(byte => byte < 128))
})

test('readStamp reads packed and international texts of other programs', () => {
  const latin = (value: string) => Buffer.from(value, 'latin1')
  const [header, ...rest] = splitPng(files[0][1])
  const chunks = [
    { type: 'zTXt', data: Buffer.concat([latin('workflow\0\0'), deflateSync('{"z":1}')]) },
    { type: 'iTXt', data: Buffer.concat([latin('prompt\0\0\0en\0\0'), Buffer.from('{"ï":1}')]) },
    { type: 'iTXt', data: Buffer.concat([latin('extra\0\x01\0\0\0'), deflateSync('packed')]) },
    { type: 'tEXt', data: latin('__proto__\0{"polluted":true}') },
  ]
  const read = readStamp(joinPng([header, ...chunks, ...rest]))
  assert.deepEqual([read.workflow, read.prompt, read.extra], ['{"z":1}', '{"ï":1}', 'packed'])
  assert.equal(Object.getPrototypeOf(read), Object.prototype)
})

test('readStamp leaves alone what would unpack to more than memory should hold', () => {
  const [header, ...rest] = splitPng(files[0][1])
  const bomb = Buffer.concat([Buffer.from('workflow\0\0', 'latin1'), deflateSync(Buffer.alloc(80 << 20))])
  assert.deepEqual(readStamp(joinPng([header, { type: 'zTXt', data: bomb }, ...rest])), {})
})

test('stampImage says that a JPEG is too small for a large workflow, and what is not', () => {
  const large = JSON.stringify('x'.repeat(70_000))
  const [png, jpeg, webp] = files.map(([, file]) => file)
  assert.throws(() => stampImage(jpeg, { workflow: large }), /65533 bytes of workflow.*save as PNG or WebP/)
  assert.equal(readStamp(stampImage(png, { workflow: large })).workflow, large)
  assert.equal(readStamp(stampImage(webp, { workflow: large })).workflow, large)
})

test('stampImage keeps the orientation of a photo and drops its private EXIF', async () => {
  const photo = await sharp({ create: { width: 9, height: 5, channels: 3, background: '#123' } })
    .withExif({ IFD0: { Artist: 'somebody', Orientation: '6' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  const stamped = stampImage(photo, { workflow: '{}' })
  assert.equal((await sharp(stamped).metadata()).orientation, 6)
  assert.equal(Buffer.from(stamped).includes('somebody'), false)
})

test('stampImage writes a lossless WebP with alpha that decoders still read', async () => {
  const image = noise({ width: 40, height: 30, channels: 4 })
  const file = await sharp(image.data, { raw: { width: 40, height: 30, channels: 4 } })
    .webp({ lossless: true, exact: true })
    .toBuffer()
  const stamped = stampImage(file, { workflow: '{}' })
  assert.deepEqual(await decodeImage(stamped), image)
})

test('readExif survives any bytes and reads big-endian blocks', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), bytes => {
      for (const order of ['II*\0\x08\0\0\0', 'MM\0*\0\0\0\x08'])
        readExif(Buffer.concat([Buffer.from(order, 'latin1'), bytes]))
    }),
  )
  const big = Buffer.from('MM\0*\0\0\0\x08\0\x01\x01\x0f\0\x02\0\0\0\x04a:b\0\0\0\0\0', 'latin1')
  assert.deepEqual([...readExif(big).texts], [[0x010f, 'a:b']])
  const small = { texts: new Map([[0x010f, 'a:b']]), orientation: 3 }
  assert.deepEqual(readExif(writeExif(small)), small)
})
