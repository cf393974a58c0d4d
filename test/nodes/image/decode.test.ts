import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { decode, decodeImage } from '../../../nodes/image/decode.js'
import { encodeImage } from '../../../nodes/image/encode.js'
import { joinPng } from '../../../nodes/image/png-chunks.js'
import { noise, randomFrom, sentence } from './pictures.js'

const raw = { width: 37, height: 23, channels: 3 } as const
const photo = noise(raw)
const p3 = async () => {
  const made = await sharp(photo.data, { raw }).withIccProfile('p3').png().toBuffer()
  return new Uint8Array((await sharp(made).metadata()).icc ?? [])
}

// By EXIF orientation: which side of the upright picture the first stored row and the first stored column are.
const sides = [
  'top left',
  'top right',
  'bottom right',
  'bottom left',
  'left top',
  'right top',
  'right bottom',
  'left bottom',
]
for (const [i, [row, column]] of sides.map(side => side.split(' ')).entries()) {
  test(`decode stands a picture of EXIF orientation ${i + 1} upright`, async () => {
    const { width, height, data } = photo
    const turned = row === 'left' || row === 'right'
    const stored = turned ? { width: height, height: width } : { width, height }
    const bytes = Buffer.alloc(data.length)
    for (let at = 0; at < data.length / 3; at++) {
      const [across, down] = [at % stored.width, Math.floor(at / stored.width)]
      const [fromLeft, fromTop] = turned ? [down, across] : [across, down]
      const x = [row, column].includes('right') ? width - 1 - fromLeft : fromLeft
      const y = [row, column].includes('bottom') ? height - 1 - fromTop : fromTop
      bytes.set(data.subarray((y * width + x) * 3, (y * width + x + 1) * 3), at * 3)
    }
    const file = sharp(bytes, { raw: { ...stored, channels: 3 } }).withMetadata({ orientation: i + 1 })
    const image = await decodeImage(await file.png().toBuffer())
    assert.deepEqual([image.width, image.height, image.data], [width, height, data])
  })
}

test('decode keeps the samples and the profile of a Display P3 picture', async () => {
  const icc = await p3()
  assert.ok(icc.length > 100)
  const { image, notes } = await decode(await encodeImage({ ...photo, icc }, 'png'))
  assert.deepEqual(image, { ...photo, icc })
  assert.deepEqual(notes, [])
})

test('decode keeps 16 bits, and colours under transparent pixels', async () => {
  const deep = noise({ width: 19, height: 11, channels: 4, deep: true })
  for (let i = 3; i < deep.data.length; i += 8) deep.data[i] = 0
  assert.deepEqual(await decodeImage(await encodeImage(deep, 'png')), deep)
})

for (const [name, bits] of [
  ['8', 8],
  ['16', 16],
] as const) {
  test(`decode expands grey of ${name} bits to RGB of equal samples`, async () => {
    const random = randomFrom(3)
    const grey = bits === 16 ? new Uint16Array(12) : new Uint8Array(12)
    grey.forEach((_, i) => {
      grey[i] = random() * 2 ** bits
    })
    const file = await sharp(grey, { raw: { width: 4, height: 3, channels: 1 } })
      .toColourspace(bits === 16 ? 'grey16' : 'b-w')
      .png()
      .toBuffer()
    const { data, channels } = await decodeImage(file)
    assert.equal(channels, 3)
    assert.equal(data.BYTES_PER_ELEMENT * 8, bits)
    assert.deepEqual(
      [...data],
      [...grey].flatMap(value => [value, value, value]),
    )
  })
}

test('decode expands grey with alpha to RGBA', async () => {
  const file = await sharp(Buffer.from([10, 0, 20, 128]), { raw: { width: 2, height: 1, channels: 2 } })
    .png()
    .toBuffer()
  assert.deepEqual([...(await decodeImage(file)).data], [10, 10, 10, 0, 20, 20, 20, 128])
})

test('decode converts CMYK to sRGB and says so', async () => {
  const file = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#c81e1e' } })
    .toColourspace('cmyk')
    .withIccProfile('cmyk')
    .jpeg({ quality: 100 })
    .toBuffer()
  const { image, notes } = await decode(file)
  const [r, g, b] = image.data
  assert.equal(image.channels, 3)
  assert.equal(image.icc, undefined)
  assert.ok(r > 170 && g < 70 && b < 70, `${r} ${g} ${b}`)
  assert.match(notes.join(), /CMYK/)
})

test('decode takes the first frame of an animation and says so', async () => {
  const frames = Buffer.concat([Buffer.alloc(48, 200), Buffer.alloc(48, 10)])
  const file = await sharp(frames, { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } })
    .webp({ lossless: true })
    .toBuffer()
  const { image, notes } = await decode(file)
  assert.deepEqual([image.height, ...new Set(image.data)], [4, 200])
  assert.match(notes.join(), /only the first/)
})

test('decode names what is wrong with a file that is no picture', async () => {
  const good = Buffer.from(await encodeImage(noise({ width: 64, height: 64 }), 'png'))
  const jpeg = Buffer.from(await encodeImage(noise({ width: 64, height: 64 }), 'jpeg'))
  assert.match(await sentence(decode(new Uint8Array())), /empty \(0 bytes\)/)
  assert.match(await sentence(decode(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))), /not a picture.*<svg/)
  assert.match(await sentence(decode(good.subarray(0, good.length >> 1))), /damaged or cut off/)
  assert.match(await sentence(decode(good.subarray(0, 20))), /damaged or cut off/)
  assert.match(await sentence(decode(jpeg.subarray(0, jpeg.length >> 1))), /damaged or cut off/)
  assert.match(await sentence(decode(Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 1]))), /damaged or cut off/)
})

test('decode refuses a bomb by its header, without the memory of its pixels', async () => {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(65_535, 0)
  header.writeUInt32BE(65_535, 4)
  header.set([8, 6], 8)
  const bomb = joinPng([
    { type: 'IHDR', data: header },
    { type: 'IDAT', data: Buffer.from('789c6300000000ffff03000000ffff', 'hex') },
    { type: 'IEND', data: Buffer.alloc(0) },
  ])
  const before = process.resourceUsage().maxRSS
  assert.match(await sentence(decode(bomb)), /65535 × 65535 \(4295 megapixels\); up to 100 megapixels/)
  assert.ok(process.resourceUsage().maxRSS - before < 50_000, 'took more than 50 MB')
})
