/** What a model of identity wants to see, and what its scores mean; plain data, so that another model is another record. */
export interface Embedder {
  /** Id in the catalogue. */
  readonly model: string
  /** Width and height of the aligned face in pixels. */
  readonly size: number
  /** Where the five points of the face lie after alignment by a similarity (turn, scale, shift): x, y in pixels. */
  readonly template: readonly (readonly [x: number, y: number])[]
  /** Landmarks of the mesh whose mean is each of the five points: image-left eye, image-right eye, nose, mouth corners. */
  readonly landmarks: readonly (readonly number[])[]
  /** Order in which colours go in, first channel first. */
  readonly colours: 'RGB' | 'BGR'
  /** A sample v (0…255) goes in as (v − mean) / scale. */
  readonly mean: number
  readonly scale: number
  /** How many numbers come out, before they are brought to unit length. */
  readonly length: number
  readonly bands: ScoreBands
}

/** Cosines from `same` up are one person, below `unsure` two; between them lie look-alikes. */
export interface ScoreBands {
  readonly same: number
  readonly unsure: number
}

/** The template of InsightFace's ArcFace at 112 × 112: eyes, nose tip, mouth corners, from the image's left. */
const arcFace112 = [
  [38.2946, 51.6963],
  [73.5318, 51.5014],
  [56.0252, 71.7366],
  [41.5493, 92.3655],
  [70.7299, 92.2041],
] as const

/** fr_feature: [1,3,112,112] BGR, (v − 127.5) / 128 in, [1,512] out; bands measured on 62 faces (AUC 1.000). */
export const frFeature: Embedder = {
  model: 'fr-feature',
  size: 112,
  template: arcFace112,
  landmarks: [[33, 133, 159, 145], [362, 263, 386, 374], [1], [61], [291]],
  colours: 'BGR',
  mean: 127.5,
  scale: 128,
  length: 512,
  bands: { same: 0.45, unsure: 0.3 },
}
