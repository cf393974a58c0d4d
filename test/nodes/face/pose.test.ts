import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { largestEigenvector } from '../../../nodes/face/eigenvector.js'
import { applySimilarity3, fitSimilarity3, headPose, imageAxes } from '../../../nodes/face/pose.js'

const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true })
const coordinate = fc.double({ min: -10, max: 10, noNaN: true })

// A fixed, lopsided cloud of eight points: no symmetry that would leave the rotation open.
const cloud = Float32Array.of(0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 7, 1, 2, 3, -4, 1, 2, 2, -6, 1, -1, 3, -5)
const even = Array.from({ length: 8 }, (_, i) => [i, 1 + i / 8] as const)

/** Rotation by roll, then pitch, then yaw, in image axes (y down, z away), signs as in Pose. */
function turned(points: Float32Array, yaw: number, pitch: number, roll: number): Float32Array {
  const out = new Float32Array(points.length)
  for (let i = 0; i < points.length; i += 3) {
    const [x, y, z] = points.subarray(i, i + 3)
    const [x1, y1] = [x * Math.cos(roll) - y * Math.sin(roll), x * Math.sin(roll) + y * Math.cos(roll)]
    const [y2, z2] = [y1 * Math.cos(pitch) - z * Math.sin(pitch), y1 * Math.sin(pitch) + z * Math.cos(pitch)]
    out.set([x1 * Math.cos(yaw) - z2 * Math.sin(yaw), y2, x1 * Math.sin(yaw) + z2 * Math.cos(yaw)], i)
  }
  return out
}

const near = (a: Float32Array, b: Float32Array, tolerance: number) =>
  a.forEach((value, i) => {
    assert.ok(Math.abs(value - b[i]) <= tolerance, `[${i}] ${value} is not ${b[i]} ± ${tolerance}`)
  })

test('fitSimilarity3 recovers a known rotation, scale and shift', () => {
  fc.assert(
    fc.property(angle, angle, angle, fc.double({ min: 0.1, max: 9, noNaN: true }), coordinate, (a, b, c, scale, t) => {
      const moved = turned(cloud, a, b, c).map((value, i) => value * scale + t * ((i % 3) + 1))
      const fit = fitSimilarity3(cloud, moved, even)
      assert.ok(Math.abs(fit.scale / scale - 1) < 1e-4)
      near(applySimilarity3(fit, cloud), moved, 2e-3)
    }),
  )
})

test('fitSimilarity3 ignores points without weight', () => {
  const spoilt = cloud.slice()
  spoilt.set([900, -900, 900], 21)
  const fit = fitSimilarity3(cloud, spoilt, even.slice(0, 7))
  assert.ok(Math.abs(fit.scale - 1) < 1e-6)
})

test('fitSimilarity3 refuses points that coincide and points that are not numbers', () => {
  assert.throws(() => fitSimilarity3(cloud, new Float32Array(24), even), /do not all coincide/)
  assert.throws(() => fitSimilarity3(cloud, new Float32Array(24).fill(Number.NaN), even), /finite/)
})

test('headPose of a turned canonical face is that turn', () => {
  const limited = fc.double({ min: -60, max: 60, noNaN: true })
  fc.assert(
    fc.property(limited, limited, limited, (yaw, pitch, roll) => {
      const radians = [yaw, pitch, roll].map(value => (value * Math.PI) / 180)
      const seen = turned(imageAxes(cloud), radians[0], radians[1], radians[2]).map(value => value * 40 + 300)
      const pose = headPose(seen, { points: cloud, procrustes: even })
      assert.ok(Math.abs(pose.yaw - yaw) < 0.01 && Math.abs(pose.pitch - pitch) < 0.01)
      assert.ok(Math.abs(pose.roll - roll) < 0.01)
    }),
  )
})

test('headPose is positive to the right, down and clockwise', () => {
  // A nose on a flat face, seen by a camera: the nose tip points where the head points.
  const points = Float32Array.of(-5, 5, 0, 5, 5, 0, -5, -5, 0, 5, -5, 0, 0, 0, 5)
  const procrustes = [0, 1, 2, 3, 4].map(i => [i, 1] as const)
  const nose = (yaw: number, pitch: number, roll: number) => turned(imageAxes(points), yaw, pitch, roll)
  assert.ok(nose(0.3, 0, 0)[12] > 0 && headPose(nose(0.3, 0, 0), { points, procrustes }).yaw > 10)
  assert.ok(nose(0, 0.3, 0)[13] > 0 && headPose(nose(0, 0.3, 0), { points, procrustes }).pitch > 10)
  assert.ok(nose(0, 0, 0.3)[4] > nose(0, 0, 0.3)[1] && headPose(nose(0, 0, 0.3), { points, procrustes }).roll > 10)
})

test('largestEigenvector solves the eigenvalue equation', () => {
  const entry = fc.double({ min: -5, max: 5, noNaN: true })
  fc.assert(
    fc.property(fc.array(entry, { minLength: 10, maxLength: 10 }), v => {
      const m = [
        [v[0], v[1], v[2], v[3]],
        [v[1], v[4], v[5], v[6]],
        [v[2], v[5], v[7], v[8]],
        [v[3], v[6], v[8], v[9]],
      ]
      const x = largestEigenvector(m)
      const mx = m.map(row => row.reduce((sum, value, i) => sum + value * x[i], 0))
      const value = mx.reduce((sum, entry, i) => sum + entry * x[i], 0)
      mx.forEach((entry, i) => {
        assert.ok(Math.abs(entry - value * x[i]) < 1e-9)
      })
      for (const row of m) assert.ok(value >= row[m.indexOf(row)] - 1e-9)
    }),
  )
})
