import type { Box, Face, Point } from '../ports.js'

/**
 * One face for each heap of overlapping ones: their mean, weighted by confidence, with the confidence of the surest.
 * Steadier than keeping the surest alone, for neighbouring anchors see a face from different sides.
 */
export function mergeOverlapping(faces: readonly Face[], overlap = 0.3): readonly Face[] {
  const merged: Face[] = []
  let rest = faces.toSorted((a, b) => b.confidence - a.confidence)
  while (rest.length > 0) {
    const [surest] = rest
    const same = rest.filter(face => face === surest || intersectionOverUnion(face.box, surest.box) > overlap)
    merged.push(weightedMean(same, surest.confidence))
    rest = rest.filter(face => !same.includes(face))
  }
  return merged
}

/** What two boxes share, as a part of what they cover together: 0…1. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const shared = intersection(a, b)
  return shared === 0 ? 0 : shared / (a.width * a.height + b.width * b.height - shared)
}

/** The area that two boxes share. */
export function intersection(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return Math.max(0, width) * Math.max(0, height)
}

function weightedMean(faces: readonly Face[], confidence: number): Face {
  const total = faces.reduce((sum, face) => sum + face.confidence, 0)
  const mean = (of: (face: Face) => number) => faces.reduce((sum, face) => sum + of(face) * face.confidence, 0) / total
  return {
    box: {
      x: mean(face => face.box.x),
      y: mean(face => face.box.y),
      width: mean(face => face.box.width),
      height: mean(face => face.box.height),
    },
    keypoints: faces[0].keypoints.map(
      (_, k): Point => [mean(face => face.keypoints[k][0]), mean(face => face.keypoints[k][1])],
    ),
    confidence,
  }
}
