import type { FaceGeometry } from '../../../models/face-geometry.js'
import {
  IMAGE_LEFT_BROW,
  IMAGE_LEFT_EYE,
  IMAGE_RIGHT_BROW,
  IMAGE_RIGHT_EYE,
  LIPS_OUTER,
} from '../../../nodes/face/landmarks.js'
import { headPose, imageAxes } from '../../../nodes/face/pose.js'
import { fillPolygon } from '../../../nodes/face/transplant/polygon.js'
import type { FaceMesh, Image } from '../../../nodes/ports.js'

type Colour = readonly [number, number, number]

export interface SyntheticFace {
  readonly image: Image
  readonly mesh: FaceMesh
}

export interface Look {
  readonly width?: number
  readonly height?: number
  /** Pixels for one canonical centimetre; the face is about 17 high. */
  readonly scale?: number
  /** Degrees, towards the image's right. */
  readonly yaw?: number
  readonly skin?: Colour
  readonly hair?: Colour
  /** Paints over the finished face: gets the mesh's points, answers a colour for a pixel or nothing. */
  readonly over?: (x: number, y: number, points: Float32Array) => Colour | undefined
}

/** The canonical face as a drawing: shaded skin with a fine pattern, dark brows and eyes, red lips, hair all around. */
export function syntheticFace(geometry: FaceGeometry, look: Look = {}): SyntheticFace {
  const { width = 200, height = 220, scale = 8, yaw = 0, skin = [205, 160, 135], hair = [70, 45, 30] } = look
  const points = placed(geometry, width, height, scale, (yaw * Math.PI) / 180)
  const marks = draw(points, width, height)
  const data = new Uint8Array(width * height * 3)
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const own = marks[i] === 0 ? hair : [skin, [60, 40, 35], [35, 30, 30], [170, 80, 85]][marks[i] - 1]
      const light = 0.85 + 0.2 * (x / width) + 0.02 * Math.sin(x * 1.3) * Math.cos(y * 1.1)
      data.set(
        (look.over?.(x, y, points) ?? own).map(value => Math.min(255, Math.round(value * light))),
        i * 3,
      )
    }
  return {
    image: { width, height, channels: 3, data },
    mesh: { points, pose: headPose(points, geometry), confidence: 1 },
  }
}

function placed(geometry: FaceGeometry, width: number, height: number, scale: number, yaw: number): Float32Array {
  const from = imageAxes(geometry.points)
  const points = new Float32Array(478 * 3)
  for (let i = 0; i < from.length; i += 3) {
    points[i] = (from[i] * Math.cos(yaw) - from[i + 2] * Math.sin(yaw)) * scale + width / 2
    points[i + 1] = from[i + 1] * scale + height / 2
    points[i + 2] = (from[i] * Math.sin(yaw) + from[i + 2] * Math.cos(yaw)) * scale
  }
  return points
}

/** 0 outside, 1 skin, 2 brows, 3 eyes, 4 lips. */
function draw(points: Float32Array, width: number, height: number): Uint8Array {
  const marks = new Uint8Array(width * height)
  const corner = (i: number) => [points[i * 3], points[i * 3 + 1]] as const
  const parts = [[], [IMAGE_LEFT_BROW, IMAGE_RIGHT_BROW], [IMAGE_LEFT_EYE, IMAGE_RIGHT_EYE], [LIPS_OUTER]]
  ellipse(marks, points, width, height)
  parts.forEach((loops, index) => {
    for (const loop of loops) {
      const part = new Uint8Array(width * height)
      fillPolygon(loop.map(corner), width, height, part)
      for (let i = 0; i < part.length; i++) if (part[i]) marks[i] = index + 1
    }
  })
  return marks
}

/** Skin reaches a little beyond the outline, as it does on people. */
function ellipse(marks: Uint8Array, points: Float32Array, width: number, height: number): void {
  const [cx, cy] = [(points[234 * 3] + points[454 * 3]) / 2, (points[10 * 3 + 1] + points[152 * 3 + 1]) / 2]
  const [rx, ry] = [(points[454 * 3] - points[234 * 3]) * 0.6, (points[152 * 3 + 1] - points[10 * 3 + 1]) * 0.58]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) if (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1) marks[y * width + x] = 1
}
