import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { distanceInside } from '../../../nodes/mask/distance.js'

interface Case {
  readonly width: number
  readonly height: number
  readonly selected: readonly number[]
}

const cases: fc.Arbitrary<Case> = fc
  .record({ width: fc.integer({ min: 1, max: 17 }), height: fc.integer({ min: 1, max: 17 }) })
  .chain(({ width, height }) =>
    fc
      .array(fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.constant(0)), {
        minLength: width * height,
        maxLength: width * height,
      })
      .map(selected => ({ width, height, selected })),
  )

function bySearch({ width, height, selected }: Case, bounded: boolean): number[] {
  const at = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? (bounded ? 0 : 1) : selected[y * width + x]
  return selected.map((value, i) => {
    if (value === 0) return 0
    let best = Number.POSITIVE_INFINITY
    for (let y = -1; y <= height; y++)
      for (let x = -1; x <= width; x++)
        if (at(x, y) === 0) best = Math.min(best, Math.hypot(x - (i % width), y - Math.floor(i / width)))
    return best
  })
}

for (const outsideIsUnselected of [false, true]) {
  test(`distanceInside equals a search over all pixels, outside ${outsideIsUnselected ? 'unselected' : 'selected'}`, () => {
    fc.assert(
      fc.property(cases, one => {
        const found = distanceInside(one.selected, one.width, one.height, { outsideIsUnselected })
        assert.deepEqual(found, Float32Array.from(bySearch(one, outsideIsUnselected)))
      }),
      { numRuns: 200 },
    )
  })
}

test('distanceInside is infinite when everything is selected and the frame does not count', () => {
  assert.deepEqual([...distanceInside([1, 1, 1, 1], 2, 2)], Array(4).fill(Number.POSITIVE_INFINITY))
})
