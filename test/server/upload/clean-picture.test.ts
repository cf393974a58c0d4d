import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { decode } from '../../../nodes/image/decode.js'
import { joinPng, splitPng } from '../../../nodes/image/png-chunks.js'
import { cleanPicture } from '../../../server/upload/clean-picture.js'
import { fixture, noise, sentence } from '../../nodes/image/pictures.js'

/** What must never come out again. */
const PLACE = 'Elm Street 1428, Springwood'
const GPS = { IFD0: { Make: 'Camera of K', ImageDescription: PLACE }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } }
const XMP = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- ${PLACE} --></x:xmpmeta>`

const source = () => {
  const { data, width, height, channels } = noise({ width: 40, height: 24 })
  return sharp(data, { raw: { width, height, channels } })
}
const speaking = (orientation: number) =>
  source().withExif(GPS).withXmp(XMP).withMetadata({ orientation }).withIccProfile('p3', { attach: true })

const encoded = {
  jpeg: (orientation: number) => speaking(orientation).jpeg({ quality: 95 }).toBuffer(),
  png: (orientation: number) => speaking(orientation).png().toBuffer(),
  webp: (orientation: number) => speaking(orientation).webp({ lossless: true }).toBuffer(),
}

for (const format of ['jpeg', 'png', 'webp'] as const)
  test(`a ${format} keeps its samples, profile and orientation and loses what else it tells`, async () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const before = await encoded[format](orientation)
      assert(before.includes(PLACE), 'the test begins with a picture that tells its place')
      const { bytes, width, height } = await cleanPicture(before)
      const file = Buffer.from(bytes)
      for (const word of [PLACE, 'Camera of K', 'xmpmeta', 'GPS']) assert(!file.includes(word), word)
      const [was, is] = [await decode(before), await decode(bytes)]
      assert.deepEqual(is.image, was.image)
      assert.deepEqual({ width, height }, { width: was.image.width, height: was.image.height })
      const { icc, orientation: kept = 1, exif, xmp } = await sharp(bytes).metadata()
      assert(icc?.equals((await sharp(before).metadata()).icc ?? Buffer.alloc(0)), 'Display P3 is still there')
      assert.equal(kept, orientation)
      assert.equal(xmp, undefined)
      assert((exif?.length ?? 0) < 50)
    }
  })

test('all orientations of one picture are upright alike', async () => {
  const upright = await decode(await source().png().toBuffer())
  for (let orientation = 1; orientation <= 8; orientation++) {
    // Turned so that the orientation turns it back: 5 and 7 are mirrored at a diagonal, which is a turn and a flop.
    const rotated = await sharp(await source().png().toBuffer())
      .rotate([0, 0, 180, 180, 90, 270, 270, 90][orientation - 1])
      .png()
      .toBuffer()
    const turned = await sharp(rotated).flop([2, 4, 5, 7].includes(orientation)).png().toBuffer()
    const told = await sharp(turned).withMetadata({ orientation }).png().toBuffer()
    const { bytes } = await cleanPicture(told)
    assert.deepEqual((await decode(bytes)).image.data, upright.image.data, `orientation ${orientation}`)
  }
})

test('what lies behind the end of a picture, between scans and in thumbnails is cut off', async () => {
  const photo = Buffer.from(fixture('photos/astronaut.jpg'))
  const progressive = await sharp(photo).jpeg({ progressive: true }).toBuffer()
  const secondScan = progressive.indexOf(Buffer.from([0xff, 0xda]), progressive.indexOf(Buffer.from([0xff, 0xda])) + 2)
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, PLACE.length + 2]), Buffer.from(PLACE)])
  const between = Buffer.concat([progressive.subarray(0, secondScan), comment, progressive.subarray(secondScan)])
  const png = await source().png().toBuffer()
  const webp = await source().webp().toBuffer()
  for (const file of [photo, between, png, webp]) {
    const behind = Buffer.concat([file, Buffer.from(`<html><script>${PLACE}</script></html>`), photo])
    const { bytes } = await cleanPicture(behind)
    assert(!Buffer.from(bytes).includes(PLACE))
    assert(bytes.length <= file.length)
    assert.deepEqual((await decode(bytes)).image.data, (await decode(file)).image.data)
  }
})

test('texts and times of a PNG go, and a profile that is a bomb is never unpacked', async () => {
  const [header, ...rest] = splitPng(await source().png().toBuffer())
  assert(header)
  const bomb = deflateSync(Buffer.alloc(64 << 20))
  const chunks = [
    header,
    { type: 'iCCP', data: Buffer.concat([Buffer.from('icc\0\0'), bomb]) },
    { type: 'zTXt', data: Buffer.concat([Buffer.from('Comment\0\0'), bomb]) },
    { type: 'tEXt', data: Buffer.from(`Comment\0${PLACE}`) },
    { type: 'tIME', data: Buffer.from([7, 230, 1, 1, 0, 0, 0]) },
    ...rest,
  ]
  const { bytes } = await cleanPicture(joinPng(chunks))
  assert.deepEqual(
    splitPng(bytes).map(({ type }) => type),
    ['IHDR', 'pHYs', 'IDAT', 'IEND'].filter(type => type !== 'pHYs' || rest.some(chunk => chunk.type === 'pHYs')),
  )
})

test('an animation, a GIF, a TIFF and an AVIF become the PNG of their first picture', async () => {
  const frames = noise({ width: 40, height: 72 })
  const animated = sharp(frames.data, { raw: { width: 40, height: 72, channels: 3, pageHeight: 24 } })
  const files = [
    await animated.clone().gif().toBuffer(),
    await animated.clone().webp({ lossless: true }).toBuffer(),
    await speaking(6).tiff({ compression: 'lzw' }).toBuffer(),
    await speaking(6).avif({ lossless: true }).toBuffer(),
  ]
  for (const file of files) {
    const { bytes, format, width, height } = await cleanPicture(file)
    assert.equal(format, 'png')
    const seen = await decode(file)
    assert.deepEqual((await decode(bytes)).image, seen.image)
    assert.deepEqual({ width, height }, { width: seen.image.width, height: seen.image.height })
    assert(!Buffer.from(bytes).includes(PLACE))
  }
})

test('16 bits a sample stay 16, and CMYK stays as it is', async () => {
  const deep = await sharp(noise({ width: 20, height: 20, deep: true }).data, {
    raw: { width: 20, height: 20, channels: 3 },
  })
    .toColourspace('rgb16')
    .png()
    .toBuffer()
  const cmyk = await source().toColourspace('cmyk').jpeg().toBuffer()
  for (const file of [deep, cmyk]) {
    const { bytes } = await cleanPicture(file)
    assert.deepEqual((await decode(bytes)).image.data, (await decode(file)).image.data)
  }
})

/** A PNG whose header claims any size. */
const claiming = async (width: number, height: number) => {
  const [header, ...rest] = splitPng(await source().png().toBuffer())
  const data = Buffer.from(header?.data ?? [])
  data.writeUInt32BE(width, 0)
  data.writeUInt32BE(height, 4)
  return joinPng([{ type: 'IHDR', data }, ...rest])
}

test('too many pixels are refused by the header, and the memory does not notice', async () => {
  await cleanPicture(await source().png().toBuffer())
  const before = process.memoryUsage.rss()
  const refusal = await cleanPicture(await claiming(65_535, 65_535)).catch(error => error)
  assert.equal(refusal.status, 413)
  assert.match(refusal.message, /at most 100 megapixels, got 65535 × 65535; make it smaller/)
  assert(process.memoryUsage.rss() - before < 50 << 20)
})

test('what is no picture and what is damaged is refused', async () => {
  const photo = fixture('photos/astronaut.jpg')
  const png = await source().png().toBuffer()
  const flipped = Buffer.from(png)
  flipped[png.indexOf('IDAT') + 30] ^= 0xff
  const webp = await source().webp().toBuffer()
  for (const text of ['<html><script>alert(1)</script></html>', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'GI', ''])
    assert.match(await sentence(cleanPicture(Buffer.from(text))), /File must be an image/)
  const broken = [
    photo.subarray(0, 5000),
    photo.subarray(0, 300),
    png.subarray(0, 60),
    flipped,
    webp.subarray(0, 200),
    Buffer.from('GIF89a<script>'),
    Buffer.from('\xff\xd8\xff<html>', 'latin1'),
    await claiming(400, 240),
  ]
  for (const [index, file] of broken.entries())
    assert.match(await sentence(cleanPicture(file)), /damaged or cut off.*give an intact file/, `file ${index}`)
})

test('a JPEG of 100,000 restart marks is read to its end', async () => {
  const photo = Buffer.from(fixture('photos/astronaut.jpg'))
  const marks = Buffer.concat(Array.from({ length: 100_000 }, (_, i) => Buffer.from([0xff, 0xd0 + (i % 8)])))
  const end = photo.lastIndexOf(Buffer.from([0xff, 0xd9]))
  const file = Buffer.concat([photo.subarray(0, end), marks, photo.subarray(end)])
  const { bytes } = await cleanPicture(file)
  assert(Buffer.from(bytes).includes(marks))
})
