import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../engine/root.js'
import { decodeImage } from '../../nodes/image/decode.js'
import type { Image } from '../../nodes/ports.js'
import type { TestContext } from './context.js'
import { testContext } from './context.js'

/** Eileen Collins, 512 × 512, NASA, public domain: the one photograph that tests look at. */
export const astronaut = async (): Promise<Image> =>
  decodeImage(await readFile(join(packageRoot(), 'test/fixtures/photos/astronaut.jpg')))

/** Surroundings in which models run; compiled ones are kept between tests, as they are between runs. */
export const modelContext = (): TestContext => testContext({ folder: join(tmpdir(), 'ip-to-portrait-tests') })

/** A grey 8-bit canvas. */
export const canvas = (width: number, height: number): Image => ({
  width,
  height,
  channels: 3,
  data: new Uint8Array(width * height * 3).fill(120),
})

/** A picture pasted on a canvas, both 8-bit RGB. */
export function paste(onto: Image, what: Image, left: number, top: number): Image {
  const data = onto.data.slice()
  for (let y = 0; y < what.height; y++) {
    const row = what.data.subarray(y * what.width * 3, (y + 1) * what.width * 3)
    data.set(row, ((top + y) * onto.width + left) * 3)
  }
  return { ...onto, data }
}

/** A rectangle of a picture. */
export function cut(image: Image, x: number, y: number, width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3)
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * image.width + x) * 3
    data.set(image.data.subarray(from, from + width * 3), row * width * 3)
  }
  return { width, height, channels: 3, data }
}

/** The picture in a mirror. */
export function mirrored(image: Image): Image {
  const data = image.data.map((_, i) => {
    const pixel = Math.floor(i / 3)
    const x = pixel % image.width
    return image.data[(pixel - x + image.width - 1 - x) * 3 + (i % 3)]
  })
  return { ...image, data }
}

/** The same picture with 16 bits a sample. */
export const with16Bits = (image: Image): Image => ({
  ...image,
  data: Uint16Array.from(image.data, value => value * 257),
})
