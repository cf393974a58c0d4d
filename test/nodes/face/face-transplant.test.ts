import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { faceGeometry } from '../../../models/face-geometry.js'
import { FaceTransplant } from '../../../nodes/face/face-transplant.js'
import { FACE_OVAL } from '../../../nodes/face/landmarks.js'
import { fillPolygon } from '../../../nodes/face/transplant/polygon.js'
import type { Image } from '../../../nodes/ports.js'
import { testContext } from '../context.js'
import { type Look, type SyntheticFace, syntheticFace } from './synthetic-face.js'

const geometry = await faceGeometry()
const settings = { identity: 1, relight: 0.6, colour: true, fringe: true, feather: 0.06 }
const dark = [150, 105, 80] as const
const draw = (look: Look = {}) => syntheticFace(geometry, look)

async function put(reference: SyntheticFace, source: SyntheticFace, options: Partial<typeof settings> = {}) {
  const context = testContext()
  const inputs = { reference: reference.image, target: reference.mesh, source: source.image, face: source.mesh }
  const result = await FaceTransplant.run({ ...inputs, ...settings, ...options }, context)
  return { ...result, warnings: context.warnings }
}

/** The mean of |a − b| over a crop and the place in the whole picture where it lies, weighted with the mask. */
function change(reference: Image, { image, mask, region }: Awaited<ReturnType<typeof put>>): number {
  let [sum, total] = [0, 0]
  for (let y = 0, i = 0; y < region.height; y++)
    for (let x = 0; x < region.width; x++, i++)
      for (let c = 0; c < 3; c++) {
        const own = reference.data[((y + region.y) * reference.width + x + region.x) * reference.channels + c]
        sum += mask.data[i] * Math.abs(image.data[i * image.channels + c] - own)
        total += mask.data[i]
      }
  return sum / total
}

/** The mean colour of a square of a picture, around a landmark. */
function colourAt(image: Image, points: Float32Array, landmark: number, origin = { x: 0, y: 0 }, reach = 3): number[] {
  const [cx, cy] = [Math.round(points[landmark * 3]) - origin.x, Math.round(points[landmark * 3 + 1]) - origin.y]
  const sum = [0, 0, 0]
  for (let y = cy - reach; y <= cy + reach; y++)
    for (let x = cx - reach; x <= cx + reach; x++)
      for (let c = 0; c < 3; c++) sum[c] += image.data[(y * image.width + x) * image.channels + c]
  return sum.map(value => value / (2 * reach + 1) ** 2)
}

const deep = ({ data, ...image }: Image): Image => ({ ...image, data: Uint16Array.from(data, value => value * 257) })

function withAlpha({ width, height, data }: Image): Image {
  const out = new Uint8Array(width * height * 4)
  for (let i = 0; i < width * height; i++) {
    out.set(data.subarray(i * 3, i * 3 + 3), i * 4)
    out[i * 4 + 3] = i % 256
  }
  return { width, height, channels: 4, data: out }
}

test('a face put in its own place changes little', async () => {
  const face = draw()
  const result = await put(face, face)
  assert.ok(change(face.image, result) < 1.5, `mean change ${change(face.image, result)}`)
  assert.deepEqual(result.warnings, [])
})

test('marks of the other face come along', async () => {
  const source = draw({
    scale: 9,
    over: (x, y, p) => (Math.hypot(x - p[50 * 3], y - p[50 * 3 + 1]) < 6 ? [90, 40, 40] : undefined),
  })
  const reference = draw()
  const result = await put(reference, source)
  assert.ok(change(reference.image, result) > 0.8)
  const mark = colourAt(result.image, reference.mesh.points, 50, result.region, 1)
  assert.ok(mark[1] < 110, `the source's birthmark is carried over, got green ${mark[1]}`)
})

test('the mask is 0 on and outside the outline, at every scale, and 1 in the middle', async () => {
  for (const [scale, width, height] of [
    [8, 200, 220],
    [31.7, 760, 801],
  ]) {
    const reference = draw({ scale, width, height })
    const { mask, region } = await put(reference, draw())
    const inside = new Uint8Array(mask.width * mask.height)
    const { points } = reference.mesh
    const outline = FACE_OVAL.map(i => [points[i * 3] - region.x, points[i * 3 + 1] - region.y] as const)
    fillPolygon(outline, mask.width, mask.height, inside)
    assert.ok(mask.data.every((value, i) => (inside[i] ? value >= 0 && value <= 1 : value === 0)))
    const nose = Math.round(points[3] - region.x) + Math.round(points[4] - region.y) * mask.width
    assert.equal(mask.data[nose], 1)
  }
})

test('the crop lies in the picture, has its depth and keeps its alpha', async () => {
  const face = draw()
  const reference = { ...face, image: withAlpha(face.image) }
  const { image, region } = await put(reference, draw({ skin: dark }))
  assert.ok(region.x >= 0 && region.y >= 0)
  assert.ok(region.x + region.width <= 200 && region.y + region.height <= 220)
  assert.deepEqual([image.width, image.height, image.channels], [region.width, region.height, 4])
  const at = (region.y + 5) * 200 + region.x + 7
  assert.equal(image.data[(5 * region.width + 7) * 4 + 3], at % 256)
  const cut = await put(draw({ width: 110, height: 120 }), draw())
  assert.ok(cut.region.width <= 110 && cut.region.height <= 120, 'a face that leaves the picture is cut to it')
})

test('16 bits give what 8 bits give, times 257', async () => {
  const [reference, source] = [draw(), draw({ skin: dark, scale: 5 })]
  const shallow = await put(reference, source)
  const both = await put({ ...reference, image: deep(reference.image) }, { ...source, image: deep(source.image) })
  assert.ok(both.image.data instanceof Uint16Array)
  both.image.data.forEach((value, i) => {
    assert.ok(Math.abs(value - 257 * shallow.image.data[i]) <= 130, `sample ${i}: ${value}, ${shallow.image.data[i]}`)
  })
})

test('the skin takes the tone of the reference, unless colour is off', async () => {
  const [reference, source] = [draw(), draw({ skin: dark })]
  const own = colourAt(reference.image, reference.mesh.points, 50)
  const toned = await put(reference, source)
  colourAt(toned.image, reference.mesh.points, 50, toned.region).forEach((value, c) => {
    assert.ok(Math.abs(value - own[c]) < 8, `channel ${c}: ${value} is not near ${own[c]}`)
  })
  const plain = await put(reference, source, { colour: false })
  assert.ok(colourAt(plain.image, reference.mesh.points, 4, plain.region)[0] < own[0] - 20)
})

test('a fringe of the reference stays as it is, unless it is not to be kept', async () => {
  const fringe = (x: number, y: number, p: Float32Array) =>
    y < p[9 * 3 + 1] - 10 && Math.abs(x - 100) < 90 ? ([60, 35, 20] as const) : undefined
  const reference = draw({ over: fringe })
  const forehead = (result: Awaited<ReturnType<typeof put>>) =>
    colourAt(result.image, reference.mesh.points, 151, result.region)
  const own = colourAt(reference.image, reference.mesh.points, 151)
  forehead(await put(reference, draw())).forEach((value, c) => {
    assert.ok(Math.abs(value - own[c]) < 12, `channel ${c}: ${value} is not near ${own[c]}`)
  })
  assert.ok(forehead(await put(reference, draw(), { fringe: false }))[0] > own[0] + 40)
})

test("the source's fringe does not come along", async () => {
  const source = draw({ over: (_, y, p) => (y < p[9 * 3 + 1] - 10 ? ([60, 35, 20] as const) : undefined) })
  const reference = draw()
  const { image, region } = await put(reference, source)
  const [red] = colourAt(image, reference.mesh.points, 151, region)
  assert.ok(red > 170, `forehead is skin, got red ${red}`)
})

test('what cannot be done well is said', async () => {
  const face = draw()
  const said = async (reference: SyntheticFace, source: SyntheticFace) =>
    (await put(reference, source)).warnings.join(' ')
  assert.match(await said(face, draw({ yaw: 35 })), /yaw 35° in the source, 0° in the reference, 35° apart/)
  assert.match(await said(draw({ scale: 3.4 }), face), /only 60 pixels high/)
  assert.match(await said(draw({ scale: 20, width: 500, height: 500 }), face), /skin will look soft/)
  const glasses = draw({
    over: (x, y, p) => (Math.abs(y - p[168 * 3 + 1]) < 3 && Math.abs(x - 100) < 60 ? [20, 20, 20] : undefined),
  })
  assert.match(await said(glasses, face), /in the reference seems to wear glasses/)
  assert.match(await said(face, glasses), /in the source seems to wear glasses/)
  const veiled = draw({ over: (_, y, p) => (y > p[5 * 3 + 1] ? [90, 140, 200] : undefined) })
  assert.match(await said(veiled, face), /% of the face in the reference looks like one skin/)
})

test('what cannot be done at all is refused', async () => {
  const face = draw()
  await assert.rejects(put(draw({ scale: 2 }), face), /"target" is 3\d pixels high .* 40 are the least/)
  const broken = face.mesh.points.slice()
  broken[40] = Number.NaN
  await assert.rejects(put(face, { ...face, mesh: { ...face.mesh, points: broken } }), /"face" must have 468 points/)
  const elsewhere = { ...face.mesh, points: face.mesh.points.map(value => value + 1000) }
  await assert.rejects(put({ ...face, mesh: elsewhere }, face), /"target" must lie in its photo/)
})

test('any mesh gives finite samples and a mask of 0 to 1, or a sentence', async () => {
  const [face, small] = [draw(), draw({ width: 60, height: 70, scale: 3 })]
  const kind = fc.constantFrom('noise', 'mirrored', 'flat', 'line', 'point', 'vast')
  const bent = (mesh: Float32Array, how: string, noise: readonly number[]) =>
    mesh.map((value, i) => {
      if (how === 'noise') return value + 30 * noise[i % noise.length]
      if (how === 'mirrored') return i % 3 === 0 ? 200 - value : value
      if (how === 'flat') return i % 3 === 2 ? 0 : value
      if (how === 'line') return i % 3 === 0 ? 50 : value
      return how === 'point' ? 50 : (value - 100) * 1e6
    })
  const noise = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 7, maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(kind, kind, noise, fc.boolean(), async (ofTarget, ofSource, values, tiny) => {
      const target = { ...face.mesh, points: bent(face.mesh.points, ofTarget, values) }
      const source = tiny ? small : face
      const mesh = { ...source.mesh, points: bent(source.mesh.points, ofSource, values) }
      const result = await put({ ...face, mesh: target }, { ...source, mesh }).catch((error: Error) => error.message)
      if (typeof result === 'string') return assert.match(result, /^(The (mesh|face) at "|Fitting two sets of points)/)
      assert.ok(result.mask.data.every(value => value >= 0 && value <= 1))
      assert.equal(result.image.data.length, result.region.width * result.region.height * 3)
    }),
    { numRuns: 40 },
  )
})
