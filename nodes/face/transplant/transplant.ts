import type { FaceGeometry } from '../../../models/face-geometry.js'
import type { Image, Mask, Region } from '../../ports.js'
import { FACE_OVAL } from '../landmarks.js'
import { headPose } from '../pose.js'
import { blendInto } from './blend.js'
import { applyColours, matchColours } from './colour.js'
import { coverage, guard, ownTexture } from './edge.js'
import { placeFace, regionAround } from './placement.js'
import { enlarge, fullScale, type Planes } from './planes.js'
import { sampleTexture, takeTexture } from './sample.js'
import { measureSkin, skinArea } from './skin.js'
import { type Study, studyFaces } from './study.js'
import { viewOf } from './visibility.js'
import { warpField } from './warp.js'

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

/**
 * Puts the source's face into the reference, at the reference's own resolution and within the outline of its face.
 * @throws when a mesh does not lie in its photo.
 */
export function transplant(
  reference: Sitter,
  source: Sitter,
  geometry: FaceGeometry,
  options: TransplantOptions,
): Transplant {
  const region = regionAround(reference.points, FACE_OVAL, MARGIN, reference.image)
  refuseOutside('target', region)
  const { vertices, scale } = placeFace(source.points, reference.points, geometry, options.identity)
  const { triangles } = geometry
  const turn = Math.abs(headPose(source.points, geometry).yaw - headPose(reference.points, geometry).yaw)
  const view = viewOf(source.points, vertices, scale, geometry, turn)
  const mesh = { vertices, triangles, source: source.points, trust: view.trust }
  const field = warpField(mesh, region)
  const seen = regionAround(source.points, mesh.trust.keys(), 0.02, source.image)
  refuseOutside('face', seen)
  const texture = takeTexture(source.image, seen, scale)
  const colours = sampleTexture(texture, field)
  if (view.mirrored.some(share => share > 0)) {
    const mirrorField = warpField({ ...mesh, source: view.mirror, trust: view.mirrored }, region)
    mixInto(colours, sampleTexture(texture, mirrorField), mirrorField.trust)
  }
  const study = studyFaces(reference.image, region, colours, field.trust, mesh, reference.points, geometry)
  const area = skinArea(study)
  const [placedSkin, ownSkin] = [measureSkin(study.placed, area), measureSkin(study.own, area)]
  if (options.colour) {
    const match = matchColours(study, placedSkin, ownSkin, options.relight)
    applyColours(colours, region.width, region.height, field.trust, match, study.step)
  }
  const shown = coverage(study, placedSkin, ownSkin, options)
  const pores = { share: ownTexture(study, ownSkin), levels: Math.floor(Math.log2(Math.max(1, 0.9 * scale))) }
  blendInto(reference.image, region, colours, shown, study.step, pores)
  return {
    image: toImage(reference.image, region, colours),
    mask: toMask(region, guard(study), study.step),
    region,
    study,
  }
}

function mixInto(colours: Planes, others: Planes, share: Float32Array): void {
  colours.forEach((plane, c) => {
    for (let i = 0; i < share.length; i++) if (share[i] > 0) plane[i] += share[i] * (others[c][i] - plane[i])
  })
}

/** Fewer pixels than this are no face, but the corner of one. */
const LEAST = 16

function refuseOutside(name: string, { width, height }: Region): void {
  if (Math.min(width, height) < LEAST)
    throw new Error(
      `The mesh at "${name}" must lie in its photo, and covers ${width} × ${height} pixels of it. Give the photo from which the mesh was made.`,
    )
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
