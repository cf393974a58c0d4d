import type { FaceGeometry } from '../../../models/face-geometry.js'
import type { Image, Mask, Region } from '../../ports.js'
import { FACE_OVAL } from '../landmarks.js'
import { applyColours, matchColours } from './colour.js'
import { coverage, guard } from './edge.js'
import { placeFace, regionAround } from './placement.js'
import { enlargedRows, fullScale, type Planes, shrinkPlanes } from './planes.js'
import { fillUnknown, halvings, maskBands } from './pyramid.js'
import { sampleSource } from './sample.js'
import { measureSkin, skinArea } from './skin.js'
import { type Study, studyFaces } from './study.js'
import { vertexTrust, warpField } from './warp.js'

/** A photo and the mesh of a face in it ([≥ 468 × (x, y, z)] in its pixels). */
export interface Sitter {
  readonly image: Image
  readonly points: Float32Array
}

export interface TransplantOptions {
  /** How much of the source's proportions the inner face takes, 0…1. */
  readonly identity: number
  /** How far the shading follows the reference's light, 0…1. */
  readonly relight: number
  /** Whether skin tone and contrast follow the reference. */
  readonly colour: boolean
  /** Whether hair and hats over the forehead stay, or keep out. */
  readonly fringe: boolean
  /** Width of the soft edge, in heights of the face. */
  readonly feather: number
}

/** A piece of the reference with the other face in it. */
export interface Transplant {
  readonly image: Image
  readonly mask: Mask
  readonly region: Region
  readonly study: Study
}

/** Around the outline, for the blend to see what it blends into; in heights of the face. */
const MARGIN = 0.1

/** Puts the source's face into the reference; see the README of this folder's node for the method's limits. */
export function transplant(
  reference: Sitter,
  source: Sitter,
  geometry: FaceGeometry,
  options: TransplantOptions,
): Transplant {
  const region = regionAround(reference.points, FACE_OVAL, MARGIN, reference.image)
  const { vertices, scale } = placeFace(source.points, reference.points, geometry, options.identity)
  const { triangles } = geometry
  const mesh = {
    vertices,
    triangles,
    source: source.points,
    trust: vertexTrust(source.points, vertices, scale, triangles),
  }
  const field = warpField(mesh, region)
  const seen = regionAround(
    source.points,
    Array.from({ length: 468 }, (_, i) => i),
    0.02,
    source.image,
  )
  const colours = sampleSource(source.image, seen, scale, field)
  const study = studyFaces(reference.image, region, colours, field.trust, mesh, reference.points, geometry)
  const area = skinArea(study)
  const [placedSkin, ownSkin] = [measureSkin(study.placed, area), measureSkin(study.own, area)]
  if (options.colour) {
    const match = matchColours(study, placedSkin, ownSkin, options.relight)
    applyColours(colours, region.width, region.height, field.trust, match, study.step)
  }
  const shown = coverage(study, placedSkin, ownSkin, options)
  blendInto(reference.image, region, colours, shown, study.step)
  return {
    image: toImage(reference.image, region, colours),
    mask: toMask(region, guard(study), study.step),
    region,
    study,
  }
}

/** Turns colours into what has to be added to the reference: their difference, blended over bands of detail. */
function blendInto(reference: Image, region: Region, colours: Planes, shown: Float32Array, step: number): void {
  const { width, height } = region
  const mask = new Float32Array(width * height)
  const rows = enlargedRows(shown, width, height, step)
  for (let y = 0; y < height; y++) mask.set(rows(y).subarray(0, width), y * width)
  subtractReference(colours, reference, region)
  extendBeyond(colours, mask, width, height, step)
  const levels = Math.max(1, Math.floor(Math.log2(Math.min(width, height) / 16)))
  const masks = halvings({ width, height, data: mask }, levels)
  for (const data of colours) maskBands({ width, height, data }, masks)
}

function subtractReference(colours: Planes, reference: Image, { x, y, width, height }: Region): void {
  const unit = 1 / fullScale(reference)
  for (let row = 0, i = 0; row < height; row++) {
    let at = ((y + row) * reference.width + x) * reference.channels
    for (let column = 0; column < width; column++, i++, at += reference.channels)
      for (let c = 0; c < 3; c++) colours[c][i] -= reference.data[at + c] * unit
  }
}

/** Outside the mask the difference is unknown (hair, background): continue it smoothly, or it bleeds into the blend. */
function extendBeyond(colours: Planes, mask: Float32Array, width: number, height: number, step: number): void {
  const known = mask.map(value => Math.min(1, value * 3))
  const small = shrinkPlanes(colours, known, width, height, step)
  const size = { width: Math.ceil(width / step), height: Math.ceil(height / step) }
  for (let c = 0; c < 3; c++) {
    fillUnknown({ ...size, data: small.planes[c] }, small.weight)
    const rows = enlargedRows(small.planes[c], width, height, step)
    for (let y = 0, i = 0; y < height; y++) {
      const row = rows(y)
      for (let x = 0; x < width; x++, i++) colours[c][i] = row[x] + known[i] * (colours[c][i] - row[x])
    }
  }
}

function toImage(reference: Image, { x, y, width, height }: Region, difference: Planes): Image {
  const { channels } = reference
  const scale = fullScale(reference)
  const data = scale === 255 ? new Uint8Array(width * height * channels) : new Uint16Array(width * height * channels)
  for (let row = 0, i = 0, to = 0; row < height; row++) {
    let from = ((y + row) * reference.width + x) * channels
    for (let column = 0; column < width; column++, i++, to += channels, from += channels) {
      for (let c = 0; c < 3; c++)
        data[to + c] = Math.max(0, Math.min(scale, Math.round(reference.data[from + c] + difference[c][i] * scale)))
      if (channels === 4) data[to + 3] = reference.data[from + 3]
    }
  }
  return { width, height, channels, data, ...(reference.icc ? { icc: reference.icc } : {}) }
}

function toMask({ width, height }: Region, small: Float32Array, step: number): Mask {
  const data = new Float32Array(width * height)
  const rows = enlargedRows(small, width, height, step)
  for (let y = 0; y < height; y++) data.set(rows(y).subarray(0, width), y * width)
  return { width, height, data }
}
