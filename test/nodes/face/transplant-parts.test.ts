import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { faceGeometry } from '../../../models/face-geometry.js'
import { fromLogLab, toLogLab } from '../../../nodes/face/transplant/log-lab.js'
import { placeFace } from '../../../nodes/face/transplant/placement.js'
import { enlarge, type Planes, shrinkImage, shrinkPlanes } from '../../../nodes/face/transplant/planes.js'
import { fillPolygon } from '../../../nodes/face/transplant/polygon.js'
import { fillUnknown, halvings, maskBands } from '../../../nodes/face/transplant/pyramid.js'
import { sampleTexture, takeTexture } from '../../../nodes/face/transplant/sample.js'
import { measureSkin, resemblesSkin } from '../../../nodes/face/transplant/skin.js'
import { twinsOf, viewOf } from '../../../nodes/face/transplant/visibility.js'
import { warpField } from '../../../nodes/face/transplant/warp.js'
import { syntheticFace } from './synthetic-face.js'

const size = fc.integer({ min: 1, max: 40 })
const noise = (length: number, seed = 1) =>
  Float32Array.from({ length }, (_, i) => ((i * 7919 + seed * 104729) % 1009) / 1008)
const near = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number) => {
  assert.equal(a.length, b.length)
  for (let i = 0; i < a.length; i++) assert.ok(Math.abs(a[i] - b[i]) <= tolerance, `[${i}] ${a[i]} is not ${b[i]}`)
}

test('maskBands with a mask of 1 everywhere leaves a plane as it was, with 0 nothing of it', () => {
  fc.assert(
    fc.property(size, size, fc.integer({ min: 0, max: 4 }), (width, height, levels) => {
      const data = noise(width * height)
      const full = halvings({ width, height, data: new Float32Array(width * height).fill(1) }, levels)
      const kept = { width, height, data: data.slice() }
      maskBands(kept, full)
      near(kept.data, data, 1e-5)
      maskBands(kept, halvings({ width, height, data: new Float32Array(width * height) }, levels))
      near(kept.data, new Float32Array(width * height), 1e-6)
    }),
  )
})

test('maskBands lets coarse shading reach further over the edge than fine detail', () => {
  const [width, height] = [64, 64]
  const mask = Float32Array.from({ length: width * height }, (_, i) => (i % width < 32 ? 1 : 0))
  const reach = (value: (x: number) => number) => {
    const plane = { width, height, data: Float32Array.from({ length: width * height }, (_, i) => value(i % width)) }
    maskBands(plane, halvings({ width, height, data: mask }, 3))
    return Math.max(Math.abs(plane.data[32 * width + 35]), Math.abs(plane.data[32 * width + 36]))
  }
  assert.ok(reach(() => 1) > 0.2)
  assert.ok(reach(x => (x % 2 ? 1 : -1)) < 0.05)
})

test('fillUnknown keeps what is known and stays within its range', () => {
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 99 }), (width, height, seed) => {
      const data = noise(width * height, seed)
      const weight = noise(width * height, seed + 1).map(value => (value > 0.7 ? 1 : 0))
      const filled = { width, height, data: data.slice() }
      fillUnknown(filled, weight)
      const known = data.filter((_, i) => weight[i] === 1)
      const [low, high] = known.length ? [Math.min(...known), Math.max(...known)] : [0, 0]
      filled.data.forEach((value, i) => {
        if (weight[i] === 1) assert.ok(Math.abs(value - data[i]) < 1e-6 || Math.min(width, height) <= 2)
        assert.ok(value >= low - 1e-5 && value <= high + 1e-5)
      })
    }),
  )
})

test('fromLogLab undoes toLogLab within a quarter of an 8-bit step', () => {
  const planes: Planes = [noise(3000, 1), noise(3000, 2), noise(3000, 3)]
  const before = planes.map(plane => plane.slice())
  toLogLab(planes)
  assert.ok(planes.every(plane => plane.every(Number.isFinite)))
  fromLogLab(planes)
  planes.forEach((plane, k) => {
    near(plane, before[k], 0.25 / 255)
  })
})

test('in log-lab, half the light of grey is a shift of lightness alone', () => {
  const at = (v: number) => {
    const planes: Planes = [Float32Array.of(v), Float32Array.of(v), Float32Array.of(v)]
    toLogLab(planes)
    return planes.map(plane => plane[0])
  }
  const [bright, dim] = [at(0.8), at(0.5)]
  assert.ok(bright[0] - dim[0] > 0.5)
  assert.ok(Math.abs(bright[1] - dim[1]) < 0.02 && Math.abs(bright[2] - dim[2]) < 0.02)
})

test('fillPolygon marks the pixels whose centre is inside', () => {
  const into = new Uint8Array(36)
  const corners = [
    [1, 1],
    [4, 1],
    [4, 5],
    [1, 5],
  ] as const
  fillPolygon(corners, 6, 6, into)
  const wanted = Uint8Array.from({ length: 36 }, (_, i) => (i % 6 >= 1 && i % 6 < 4 && i >= 6 && i < 30 ? 1 : 0))
  assert.deepEqual(into, wanted)
})

test('shrinking and enlarging keep an even colour, blocks at the ends included', () => {
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 5 }), (width, height, step) => {
      const data = new Uint8Array(width * height * 3).fill(100)
      const region = { x: 0, y: 0, width, height }
      const small = shrinkImage({ width, height, channels: 3, data }, region, step)
      near(enlarge(small[1], width, height, step), new Float32Array(width * height).fill(100 / 255), 1e-5)
    }),
  )
})

test('shrinkPlanes counts pixels by their weight', () => {
  const plane = Float32Array.of(1, 5, 9, 9)
  const { planes, weight } = shrinkPlanes([plane, plane, plane], Float32Array.of(1, 0, 0, 0), 2, 2, 2)
  assert.deepEqual([planes[0][0], weight[0]], [1, 0.25])
})

const square = { triangles: Uint16Array.of(0, 1, 2, 0, 2, 3), trust: new Float32Array(4).fill(1) }
const corners = (x: number, y: number, side: number) =>
  Float32Array.of(x, y, 0, x + side, y, 0, x + side, y + side, 0, x, y + side, 0)

test('warpField covers a square without gaps and tells where each pixel comes from', () => {
  const mesh = { ...square, vertices: corners(12, 13, 20), source: corners(100, 200, 40) }
  const { x, y, trust } = warpField(mesh, { x: 10, y: 10, width: 30, height: 30 })
  for (let row = 0, i = 0; row < 30; row++)
    for (let column = 0; column < 30; column++, i++) {
      const inside = column >= 2 && column < 22 && row >= 3 && row < 23
      assert.ok(Math.abs(trust[i] - (inside ? 1 : 0)) < 1e-3, `pixel ${column}, ${row}`)
      if (inside) near([x[i], y[i]], [100 + (column - 2 + 0.5) * 2, 200 + (row - 3 + 0.5) * 2], 1e-3)
    }
})

test('sampleTexture through a still warp gives the picture back, in 8 and in 16 bits', () => {
  const region = { x: 0, y: 0, width: 24, height: 24 }
  const shallow = Uint8Array.from({ length: 24 * 24 * 3 }, (_, i) => (i * 37) % 256)
  const field = warpField({ ...square, vertices: corners(0, 0, 24), source: corners(0, 0, 24) }, region)
  for (const data of [shallow, Uint16Array.from(shallow, value => value * 257)]) {
    const planes = sampleTexture(takeTexture({ width: 24, height: 24, channels: 3, data }, region, 1), field)
    near(
      planes[1].map(value => value * 255),
      shallow.filter((_, i) => i % 3 === 1),
      0.01,
    )
  }
})

test('takeTexture averages a source that is much larger instead of picking pixels', () => {
  const side = 200
  const checks = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3)
    return ((pixel % side) + Math.floor(pixel / side)) % 2 ? 255 : 0
  })
  const field = warpField(
    { ...square, vertices: corners(0, 0, 20), source: corners(0, 0, side) },
    { x: 0, y: 0, width: 20, height: 20 },
  )
  const region = { x: 0, y: 0, width: side, height: side }
  const planes = sampleTexture(
    takeTexture({ width: side, height: side, channels: 3, data: checks }, region, 0.1),
    field,
  )
  near(planes[0], new Float32Array(400).fill(0.5), 0.02)
})

test('measureSkin leaves out the smaller, other-coloured part', () => {
  const colours: Planes = [noise(400), noise(400, 2), noise(400, 3)].map((plane, k) =>
    plane.map((value, i) => (i < 40 ? -6 : k + 0.2 * value)),
  ) as unknown as Planes
  const skin = measureSkin(colours, new Uint8Array(400).fill(1))
  near(skin.mean, [0.1, 1.1, 2.1], 0.03)
  assert.ok(resemblesSkin(colours, 200, skin) && !resemblesSkin(colours, 10, skin))
})

const geometry = await faceGeometry()

test('twinsOf pairs each point with one of the other half, and back', () => {
  const twins = twinsOf(geometry.points)
  const pairs = twins.filter((twin, i) => twins[twin] === i).length
  assert.ok(pairs > 460, `${pairs} of 468 pair up`)
  assert.deepEqual([twins[33], twins[61], twins[1]], [263, 291, 1])
})

test('a turned source lends its seen side of the nose to the other, a frontal one nothing', () => {
  const target = syntheticFace(geometry).mesh.points
  const view = (yaw: number) => {
    const source = syntheticFace(geometry, { yaw }).mesh.points
    const { vertices, scale } = placeFace(source, target, geometry, 1)
    return viewOf(source, vertices, scale, geometry, Math.abs(yaw))
  }
  assert.ok(view(0).mirrored.every(share => share === 0))
  assert.ok(view(0).trust.every(trust => trust > 0.99))
  const [left, right] = [view(-40).mirrored, view(40).mirrored]
  // 198 and 420 are the wings of the nose, left and right in the image.
  assert.ok(left[198] > 0.9 && left[420] === 0, `${left[198]}, ${left[420]}`)
  assert.ok(right[420] > 0.9 && right[198] === 0, `${right[420]}, ${right[198]}`)
})
