import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../../engine/root.js'
import type { Image, Mask } from '../../../nodes/ports.js'

/** A small generator of numbers 0…1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

interface Form {
  readonly width: number
  readonly height: number
  readonly channels?: 3 | 4
  readonly deep?: boolean
  readonly grey?: boolean
}

/** A picture of noise: every error of a sample shows. */
export function noise(
  { width, height, channels = 3, deep = false, grey = false }: Form,
  random = randomFrom(7),
): Image {
  const length = width * height * channels
  const data = deep ? new Uint16Array(length) : new Uint8Array(length)
  for (let i = 0; i < length; i++) data[i] = random() * (deep ? 65536 : 256)
  if (grey) for (let i = 0; i < length; i += channels) data.fill(data[i], i, i + 3)
  return { width, height, channels, data }
}

/** A mask of soft and hard spots on 0. */
export function spots(width: number, height: number, random: () => number): Mask {
  const data = new Float32Array(width * height)
  for (let spot = 0; spot < 3; spot++) {
    const [cx, cy, radius, soft] = [random() * width, random() * height, random() * width * 0.4, random() > 0.5]
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const inside = 1 - Math.hypot(x - cx, y - cy) / radius
        if (inside > 0) data[y * width + x] = soft ? Math.max(data[y * width + x], inside) : 1
      }
  }
  return { width, height, data }
}

export const fixture = (path: string): Uint8Array => readFileSync(join(packageRoot(), 'test/fixtures', path))

/** The error's sentence of a promise that fails. */
export const sentence = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: Error) => error.message,
  )
