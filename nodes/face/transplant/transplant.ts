import type { FaceGeometry } from '../../../models/face-geometry.js'
import type { Image, Mask, Region } from '../../ports.js'
import { FACE_OVAL } from '../landmarks.js'
import { applyColours, matchColours } from './colour.js'
import { coverage, guard, ownTexture } from './edge.js'
import { placeFace, regionAround } from './placement.js'
import { enlarge, enlargedRows, fullScale, type Planes, shrinkPlanes } from './planes.js'
import { fillUnknown, halve, halvings, maskBands, type Plane } from './pyramid.js'
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
const MARGIN = 0.06

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
  const texture = { share: ownTexture(study, ownSkin), levels: Math.floor(Math.log2(Math.max(1, 0.9 * scale))) }
  blendInto(reference.image, region, colours, shown, study.step, texture)
  return {
    image: toImage(reference.image, region, colours),
    mask: toMask(region, guard(study), study.step),
    region,
    study,
  }
}

/** Turns colours into what has to be added to the reference: their difference, blended over bands of detail. */
function blendInto(
  reference: Image,
  region: Region,
  colours: Planes,
  shown: Float32Array,
  step: number,
  texture: Texture,
): void {
  const { width, height } = region
  const mask = enlarge(shown, width, height, step)
  subtractReference(colours, reference, region)
  extendBeyond(colours, mask, width, height, step)
  const levels = Math.max(1, Math.floor(Math.log2(Math.min(width, height) / 16)))
  const masks = halvings({ width, height, data: mask }, levels)
  leaveTexture(masks, texture, step)
  for (const data of colours) maskBands({ width, height, data }, masks)
}

/** Where the reference keeps the finest bands of its own skin, because the source is too small to have any. */
interface Texture {
  /** 0…1 at the study's size. */
  readonly share: Float32Array
  /** How many bands, each half as fine as the one before. */
  readonly levels: number
}

function leaveTexture(masks: readonly Plane[], { share, levels }: Texture, step: number): void {
  let fine = levels > 0 ? { ...masks[0], data: enlarge(share, masks[0].width, masks[0].height, step) } : masks[0]
  for (const { data } of masks.slice(0, levels)) {
    for (let i = 0; i < data.length; i++) data[i] *= 1 - fine.data[i]
    fine = halve(fine)
  }
}

function subtractReference([red, green, blue]: Planes, reference: Image, { x, y, width, height }: Region): void {
  const unit = 1 / fullScale(reference)
  const { data, channels } = reference
  for (let row = 0, i = 0; row < height; row++) {
    let at = ((y + row) * reference.width + x) * channels
    for (let column = 0; column < width; column++, i++, at += channels) {
      red[i] -= data[at] * unit
      green[i] -= data[at + 1] * unit
      blue[i] -= data[at + 2] * unit
    }
  }
}

/** Outside the mask the difference is unknown (hair, background): continue it smoothly, or it bleeds into the blend. */
function extendBeyond(colours: Planes, mask: Float32Array, width: number, height: number, step: number): void {
  const known = new Float32Array(mask.length)
  for (let i = 0; i < mask.length; i++) known[i] = Math.min(1, mask[i] * 3)
  const small = shrinkPlanes(colours, known, width, height, step)
  const size = { width: Math.ceil(width / step), height: Math.ceil(height / step) }
  for (let c = 0; c < 3; c++) {
    fillUnknown({ ...size, data: small.planes[c] }, small.weight)
    const rows = enlargedRows(small.planes[c], width, height, step)
    const plane = colours[c]
    for (let y = 0, i = 0; y < height; y++) {
      const row = rows(y)
      for (let x = 0; x < width; x++, i++) if (known[i] < 1) plane[i] = row[x] + known[i] * (plane[i] - row[x])
    }
  }
}

function toImage(reference: Image, { x, y, width, height }: Region, difference: Planes): Image {
  const { channels, data: own } = reference
  const scale = fullScale(reference)
  const data = scale === 255 ? new Uint8Array(width * height * channels) : new Uint16Array(width * height * channels)
  for (let c = 0; c < channels; c++) {
    const plane = difference[c]
    for (let row = 0, i = 0, to = c; row < height; row++) {
      let from = ((y + row) * reference.width + x) * channels + c
      for (let column = 0; column < width; column++, i++, to += channels, from += channels)
        data[to] = plane ? Math.max(0, Math.min(scale, own[from] + plane[i] * scale + 0.5)) : own[from]
    }
  }
  return { width, height, channels, data, ...(reference.icc ? { icc: reference.icc } : {}) }
}

function toMask({ width, height }: Region, small: Float32Array, step: number): Mask {
  return { width, height, data: enlarge(small, width, height, step) }
}
