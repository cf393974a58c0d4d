import { port } from '../engine/port.js'

/**
 * A picture: rows from the top, samples interleaved, 8 bits (0…255) or 16 bits (0…65535) each, RGB or RGBA with
 * straight alpha. The numbers are the file's own, in the colour space of `icc` (absent: sRGB); nothing converts them
 * on the way in, so that what is not edited comes out as it was.
 */
export interface Image {
  readonly width: number
  readonly height: number
  readonly channels: 3 | 4
  readonly data: Uint8Array | Uint16Array
  readonly icc?: Uint8Array
}

/** A soft selection: rows from the top, 0 (not selected) … 1 (selected). */
export interface Mask {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

/** A rectangle of whole pixels inside a picture: where a crop was taken and where it goes back. */
export interface Region {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export type Point = readonly [x: number, y: number]

/** A rectangle in pixels that need not be whole. */
export type Box = Region

/** A face as the detector sees it, in pixels of the picture. */
export interface Face {
  readonly box: Box
  /** Image-left eye, image-right eye, nose tip, mouth centre, image-left ear, image-right ear. */
  readonly keypoints: readonly Point[]
  /** 0…1 */
  readonly confidence: number
}

/** Where a head points, in degrees; 0, 0, 0 looks into the camera. */
export interface Pose {
  /** Positive: towards the image's right. */
  readonly yaw: number
  /** Positive: down. */
  readonly pitch: number
  /** Positive: clockwise in the image. */
  readonly roll: number
}

/** The MediaPipe face mesh with irises. */
export interface FaceMesh {
  /** [478 × (x, y, z)] in pixels of the picture; z in the same unit, smaller is nearer. */
  readonly points: Float32Array
  readonly pose: Pose
  /** That there is a face here at all, 0…1. */
  readonly confidence: number
}

/** A person's identity as one model sees it; two of one model compare by cosine. */
export interface Embedding {
  readonly model: string
  /** Unit length. */
  readonly vector: Float32Array
}

export const image = (hint?: string) => port<Image>('IMAGE', hint ? { hint } : {})
export const mask = (hint?: string) => port<Mask>('MASK', hint ? { hint } : {})
export const region = (hint?: string) => port<Region>('REGION', hint ? { hint } : {})
export const face = (hint?: string) => port<Face>('FACE', hint ? { hint } : {})
export const faceMesh = (hint?: string) => port<FaceMesh>('FACE_MESH', hint ? { hint } : {})
export const embedding = (hint?: string) => port<Embedding>('EMBEDDING', hint ? { hint } : {})
