import type { Face, Point } from '../ports.js'
import type { Detector } from './anchors.js'

/** Offsets and sizes of one answer: x, y, width, height of the box, then x, y of six keypoints, in pixels of the crop. */
const valuesPerAnchor = 16

/** The faces that a detector's answers speak of, measured in the square it was shown: 0…1. */
export function readDetections(detector: Detector, regressors: Float32Array, logits: Float32Array): readonly Face[] {
  const faces: Face[] = []
  for (let i = 0; i < logits.length; i++) {
    const confidence = sigmoid(logits[i])
    if (confidence < detector.threshold) continue
    const values = regressors.subarray(i * valuesPerAnchor, (i + 1) * valuesPerAnchor)
    faces.push(readFace(values, detector.size, detector.anchors[i * 2], detector.anchors[i * 2 + 1], confidence))
  }
  return faces
}

/** The probability that a logit stands for. */
export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit))

function readFace(values: Float32Array, size: number, x: number, y: number, confidence: number): Face {
  const point = (k: number): Point => [values[k] / size + x, values[k + 1] / size + y]
  const [width, height] = [values[2] / size, values[3] / size]
  const [centreX, centreY] = point(0)
  return {
    box: { x: centreX - width / 2, y: centreY - height / 2, width, height },
    keypoints: [4, 6, 8, 10, 12, 14].map(point),
    confidence,
  }
}

/** A face measured from another origin in another unit: (x, y) ↦ (scale x + left, scale y + top). */
export function placeFace({ box, keypoints, confidence }: Face, scale: number, left: number, top: number): Face {
  const { x, y, width, height } = box
  return {
    box: { x: x * scale + left, y: y * scale + top, width: width * scale, height: height * scale },
    keypoints: keypoints.map(([px, py]) => [px * scale + left, py * scale + top] as const),
    confidence,
  }
}
