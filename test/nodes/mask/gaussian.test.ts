import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageRoot } from '../../../engine/root.js'
import { gaussianBlur, gaussianReach } from '../../../nodes/mask/gaussian.js'

const [width, height] = [131, 93]
const golden = (name: string) => readFileSync(join(packageRoot(), 'test/fixtures/pillow', name))

for (const sigma of [3, 10, 15]) {
  test(`gaussianBlur of sigma ${sigma} is Pillow's GaussianBlur within one step of 255 once rounded`, () => {
    const blurred = gaussianBlur(Float32Array.from(golden('L.bin')), width, height, sigma)
    const worst = golden(`gb${sigma}.bin`).reduce(
      (most, value, i) => Math.max(most, Math.abs(value - Math.round(blurred[i]))),
      0,
    )
    assert.ok(worst <= 1, `differs by ${worst}`)
  })
}

test('gaussianBlur leaves exact zeros and exact ones where nothing reaches', () => {
  const size = 200
  const plane = new Float32Array(size * size)
  for (let y = 0; y < 100; y++)
    for (let x = 0; x < size; x++) plane[y * size + x] = y < 60 ? 1 : Math.fround(0.1 + 0.01 * (y % 7))
  const reach = gaussianReach(5)
  const blurred = gaussianBlur(plane, size, size, 5)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const value = blurred[y * size + x]
      if (y >= 100 + reach) assert.equal(value, 0)
      else if (y >= 100) assert.ok(value >= 0 && value < 0.6)
      if (y < 60 - reach) assert.equal(value, 1)
    }
  }
})

test('gaussianBlur of a radius larger than the plane stays finite and keeps a constant', () => {
  for (const value of gaussianBlur(new Float32Array(15).fill(0.25), 5, 3, 40)) assert.ok(Math.abs(value - 0.25) < 1e-6)
})

test('gaussianBlur of sigma 0 copies', () => {
  const plane = Float32Array.of(0, 1, 0.5, 0.25)
  const copy = gaussianBlur(plane, 2, 2, 0)
  assert.deepEqual(copy, plane)
  assert.notEqual(copy, plane)
})
